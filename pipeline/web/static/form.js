// The form works without this. With it, the chosen files are listed in Chinese whatever the browser's language,
// and a second click waits for the first (the hidden key makes it harmless either way).
"use strict";
const files = document.getElementById("files");
const chosen = document.getElementById("files-chosen");
files.parentElement.classList.add("scripted");
files.addEventListener("change", () => {
  chosen.replaceChildren(...Array.from(files.files, (file) => {
    const line = document.createElement("li");
    line.textContent = `已选：${file.name}（${Math.max(1, Math.round(file.size / 1024))} KB）`;
    return line;
  }));
});
const form = files.form;
const button = form.querySelector("button");
form.addEventListener("submit", () => {
  button.disabled = true;
  button.textContent = "正在提交";
});
// Coming back by the browser's arrow shows the page as it was left.
window.addEventListener("pageshow", () => {
  button.disabled = false;
  button.textContent = "提交";
});
