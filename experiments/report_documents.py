"""The documents that the report's clauses are of, in English and Chinese."""

from __future__ import annotations

from typing import Final

from experiments.report_page import Text

# Titles as published, so that a reader finds them; clauses are numbered as in these.
DOCUMENTS: Final[tuple[tuple[Text, Text], ...]] = (
    (
        Text("000", "000"),
        Text(
            "Opinions on finance for the high-quality development of Shenzhen's new-energy-vehicle chain"
            " (深圳金融支持新能源汽车产业链高质量发展的意见); § is the key task",
            "《深圳金融支持新能源汽车产业链高质量发展的意见》；§为重点任务序号",
        ),
    ),
    (
        Text("002", "002"),
        Text(
            "Action plan for technology finance, for Shenzhen as a centre of industrial innovation"
            " (统筹做好科技金融大文章 支持深圳打造产业科技创新中心的行动方案)",
            "《统筹做好科技金融大文章 支持深圳打造产业科技创新中心的行动方案》",
        ),
    ),
    (
        Text("003", "003"),
        Text(
            "Shenzhen's opinions on finance for the high-quality development of supply chains, 2024"
            " (深圳市关于金融支持供应链高质量发展的实施意见); § is the task",
            "《深圳市关于金融支持供应链高质量发展的实施意见》（2024年）；§为任务序号",
        ),
    ),
    (
        Text("004", "004"),
        Text(
            "National notice on financial services for manufacturing, 2024, no. 5"
            " (关于深化制造业金融服务 助力推进新型工业化的通知, 金发〔2024〕5号)",
            "《关于深化制造业金融服务 助力推进新型工业化的通知》（金发〔2024〕5号）",
        ),
    ),
)
