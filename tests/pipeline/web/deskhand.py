"""A hand at the desk: opens pages, finds their forms and sends them as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import html as lxml_html


@dataclass
class Sheet:
    """One page: its status, text, and forms."""

    answer: Any
    tree: Any = field(init=False)

    def __post_init__(self) -> None:
        self.tree = lxml_html.fromstring(self.answer.content or b"<p/>")

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        return " ".join(self.tree.text_content().split())

    def forms(self) -> dict[str, Any]:
        """The last part of each form's address → the form."""
        found = self.tree.xpath("//form[@method='post']")
        return {form.get("action").rsplit("/", 1)[-1]: form for form in found}


class Hand:
    """One person in one browser."""

    def __init__(self, client: Any, name: str = "林编辑", role: str = "editor") -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        if name:
            self.send(self.get("/desk/who"), "who", name=name, role=role)

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        self.client.cookies.clear()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"cookie": cookie, **given.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **given)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    def get(self, path: str) -> Sheet:
        answer = self._ask("GET", path)
        while answer.status_code in {303, 307}:
            answer = self._ask("GET", answer.headers["location"])
        return Sheet(answer)

    def send(self, sheet: Sheet, form_name: str, /, **changes: Any) -> Sheet:
        """Send the page's form of that name; the page it leads to."""
        form = sheet.forms()[form_name]
        fields = {key: value for key, value in form.form_values() if key not in changes}
        return self.post(form.get("action"), **fields, **changes)

    def post(self, path: str, /, **fields: Any) -> Sheet:
        answer = self._ask("POST", path, data=fields)
        self.location = answer.headers.get("location", path)
        return self.get(self.location) if answer.status_code == 303 else Sheet(answer)
