"""Where the rules of finance may be bent: prices, loss layers, named points and the levers on them."""
