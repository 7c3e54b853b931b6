"""Every command: where it is, and its sentence in `minyi --help`. The one list; a test holds it against docs."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("pipeline.cli.demo:demo", "演示：采集、来稿、编发、导出，一次走完"),
    "up": ("pipeline.cli.up:up", "启动本机的全部服务：网页、后台任务服务、定时任务"),
    "crawl": ("pipeline.cli.collect:crawl", "立即采集来源目录中的网站"),
    "import": ("pipeline.cli.collect:import_", "导入稿件文件：jsonl csv xlsx docx pdf txt html eml"),
    "run": ("pipeline.cli.collect:run", "处理已到的全部内容，并打印账目"),
    "clean": ("pipeline.cli.text:clean", "读文件的正文、标题、日期、作者"),
    "classify": ("pipeline.cli.text:classify", "给文件中的每一行分类"),
    "dedup": ("pipeline.cli.text:dedup", "查文件中的重复"),
    "locate": ("pipeline.cli.text:locate", "找文件中的地名"),
    "score": ("pipeline.cli.text:score", "给文件中的每一行算参考排序"),
    "search": ("pipeline.cli.find:search", "检索稿件和网上线索"),
    "show": ("pipeline.cli.find:show", "看一篇：原文、自动识别、经过、账目"),
    "item": ("pipeline.cli.items:item", "稿件的各步：采用、退回、合并……"),
    "bulletin": ("pipeline.cli.bulletins:bulletin", "期刊的各步：拟稿、审核、签发、印发……"),
    "series": ("pipeline.cli.series:series", "刊物：报头、起始期号、签发链"),
    "states": ("pipeline.cli.rules:states", "各步由谁办、从哪一状态到哪一状态"),
    "rules": ("pipeline.cli.rules:rules", "核对本单位的规则文件，按现行规则重新识别"),
    "undo": ("pipeline.cli.rules:undo", "撤回一次重新识别"),
    "source": ("pipeline.cli.rules:source", "来源目录"),
    "ledger": ("pipeline.cli.books:ledger", "采集账目：收到多少，各到了哪里"),
    "quarantine": ("pipeline.cli.books:quarantine", "隔离区：列出、查看、重新处理"),
    "reindex": ("pipeline.cli.books:reindex", "从库里重建检索"),
    "purge": ("pipeline.cli.books:purge", "由两人清除一篇的内容"),
    "doctor": ("pipeline.cli.operate:doctor", "体检：配置、各部分、磁盘"),
    "backup": ("pipeline.cli.operate:backup", "备份到文件夹"),
    "restore": ("pipeline.cli.operate:restore", "从备份恢复"),
    "move": ("pipeline.cli.move:move", "从本机文件迁到服务器：PostgreSQL、Kafka 等"),
    "migrate": ("pipeline.cli.operate:migrate", "升级数据库（先自动备份）"),
}
