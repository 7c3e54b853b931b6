"""presidio-analyzer's pattern recognisers on a blank Chinese pipeline, set up as a user would: e-mail, telephone of
China and cards as they come, identity numbers, credit codes, plates, passports and chat accounts as patterns with
words of context. It fetches nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

LANGUAGE = "zh"
_PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    r"[A-Z][A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_IDENTITY = r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
_CREDIT = r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])"
# Entity: pattern, words of context.
PATTERNS = {
    "CN_IDENTITY": (_IDENTITY, ["身份证", "证件"]),
    "CN_CREDIT_CODE": (_CREDIT, ["信用代码"]),
    "CN_MOBILE": (r"(?<!\d)1[3-9]\d{9}(?!\d)", ["电话", "手机", "联系"]),
    "CN_BANK_CARD": (r"(?<!\d)62\d{14,17}(?!\d)", ["卡号", "账号"]),
    "CN_PLATE": (_PLATE, ["车牌", "号牌"]),
    "CN_PASSPORT": (r"(?<![A-Za-z0-9])(?:[EGDP]\d{8}|E[A-Z]\d{7})(?!\d)", ["护照"]),
    "CN_PERMIT": (r"(?<![A-Za-z0-9])[CHMWT]\d{8}(?!\d)", ["通行证", "回乡证"]),
    "CN_ACCOUNT": (r"wxid_[A-Za-z0-9]+|(?<=微信号[:：])[A-Za-z][-\w]{5,19}", ["微信"]),
    "CN_QQ": (r"(?<=QQ[:：])[1-9]\d{4,10}", ["QQ"]),
}


def recognise() -> Callable[[str], list[Any]]:
    """What finds the entities of a text; results have `start` and `end`."""
    tldextract = import_module("tldextract")
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # the recogniser's own would fetch a list
    presidio, recognizers = (
        import_module("presidio_analyzer"),
        import_module("presidio_analyzer.predefined_recognizers"),
    )
    engine = _engine()
    own = [
        presidio.PatternRecognizer(
            supported_entity=entity,
            patterns=[presidio.Pattern(entity, pattern, 0.5)],
            context=context,
            supported_language=LANGUAGE,
        )
        for entity, (pattern, context) in PATTERNS.items()
    ]
    registry = presidio.RecognizerRegistry(
        recognizers=[
            recognizers.EmailRecognizer(supported_language=LANGUAGE),
            recognizers.PhoneRecognizer(supported_language=LANGUAGE, supported_regions=("CN",)),
            recognizers.CreditCardRecognizer(supported_language=LANGUAGE),
            *own,
        ],
        supported_languages=[LANGUAGE],
    )
    analyzer = presidio.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[LANGUAGE])
    return lambda text: analyzer.analyze(text=text, language=LANGUAGE)


def _engine() -> Any:
    spacy, engines = import_module("spacy"), import_module("presidio_analyzer.nlp_engine")
    engine = engines.SpacyNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "blank"}])
    engine.nlp = {LANGUAGE: spacy.blank(LANGUAGE)}
    return engine
