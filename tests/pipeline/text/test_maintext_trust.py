from pipeline.text.extraction import extract

WORDS = "老周在桥头修了三十一年鞋。去年秋天，桥头改造，他的摊位被划进了绿化带。"
MORE = "街道办的工作人员说，正在研究减免租金的办法，但文件还在走流程。"


def confidence(above: str, below: str = "") -> float:
    html = f"<title>消失的手艺_岚禾网</title>{above}<div><p>{WORDS}</p><p>{MORE}</p>{below}</div>"
    found = extract(html)
    assert found is not None
    assert found.text.startswith(WORDS)
    return found.confidence


def test_a_heading_and_a_line_of_source_above_a_text_and_a_close_below_it_speak_for_it():
    bare = confidence("")
    headed = confidence("<h1>消失的手艺</h1>")
    told = confidence("<h1>消失的手艺</h1><p>来源：岚禾日报 2026-03-05</p>")
    closed = confidence("<h1>消失的手艺</h1>", "<p>岚禾县民政局</p><p>2026年3月5日</p>")
    assert bare < headed < told
    assert headed < closed
    assert confidence("<h1>别的话</h1><p>来源：岚禾日报 2026-03-05</p>") == bare
