// Counts characters while somebody types; without it the counts are those of the last saving.
"use strict";
for (const place of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(place.dataset.count);
  const count = () => { place.textContent = Array.from(field.value).length; };
  field.addEventListener("input", count);
}
