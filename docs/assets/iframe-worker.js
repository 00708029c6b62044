/* Browsers start no worker from a page on disk. There the site's search runs in a hidden frame with a worker's face. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      const waiting = []
      const tell = (whom, data) => whom.dispatchEvent(new MessageEvent("message", { data }))
      this.postMessage = data => waiting.push(data)
      frame.hidden = true
      frame.srcdoc = "<body></body>"
      frame.onload = () => {
        const inside = frame.contentWindow
        inside.postMessage = data => tell(this, data)
        const script = inside.document.createElement("script")
        script.src = url
        script.onload = () => {
          this.postMessage = data => tell(inside, data)
          waiting.splice(0).forEach(this.postMessage)
        }
        inside.document.body.appendChild(script)
      }
      document.body.appendChild(frame)
    }
  }
}
