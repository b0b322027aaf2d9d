// Makes the strip of days one tab stop: arrow keys, Home and End choose a day, and its row of the table is read out.
"use strict";
for (const strip of document.querySelectorAll(".strip")) {
  const bars = [...strip.querySelectorAll("rect")];
  const section = strip.parentElement;
  // The table has the newest day first.
  const rows = [...section.querySelectorAll("details tbody tr")].reverse();
  const heads = [...section.querySelectorAll("details thead th")].map((head) => head.textContent);
  if (!bars.length || bars.length !== rows.length) continue;
  const drawing = strip.querySelector("svg");
  const line = strip.querySelector("p.chosen");

  const words = (row) => [...row.cells].map((cell, at) => (at < 2 ? cell.textContent : `${heads[at]} ${cell.textContent}`)).join(" · ");
  let chosen = bars.length - 1;
  const choose = (at) => {
    bars[chosen].classList.remove("chosen");
    chosen = Math.max(0, Math.min(bars.length - 1, at));
    bars[chosen].classList.add("chosen");
    line.textContent = words(rows[chosen]);
    strip.setAttribute("aria-valuenow", chosen + 1);
    strip.setAttribute("aria-valuetext", line.textContent);
  };

  strip.tabIndex = 0;
  strip.setAttribute("role", "slider");
  strip.setAttribute("aria-label", strip.dataset.label);
  strip.setAttribute("aria-valuemin", 1);
  strip.setAttribute("aria-valuemax", bars.length);
  drawing.setAttribute("aria-hidden", "true");
  choose(chosen);

  const moves = {
    ArrowLeft: () => chosen - 1,
    ArrowDown: () => chosen - 1,
    ArrowRight: () => chosen + 1,
    ArrowUp: () => chosen + 1,
    PageDown: () => chosen - 7,
    PageUp: () => chosen + 7,
    Home: () => 0,
    End: () => bars.length - 1,
  };
  strip.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(move());
  });
  const point = (event) => {
    const box = drawing.getBoundingClientRect();
    choose(Math.floor(((event.clientX - box.left) / box.width) * bars.length));
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
}
