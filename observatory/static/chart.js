// Draws the figure the page names with Plotly, in the page's own colours; where that fails, says so and leaves the drawing below.
"use strict";
(async () => {
  const place = document.getElementById("chart");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const dress = (figure) => {
    const axis = { color: colour("--soft"), gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line") };
    for (const name of ["xaxis", "yaxis", "yaxis2"]) Object.assign(figure.layout[name], axis);
    Object.assign(figure.layout, {
      paper_bgcolor: colour("--page"),
      plot_bgcolor: colour("--page"),
      font: { color: colour("--text"), family: getComputedStyle(document.body).fontFamily, size: 14 },
      hoverlabel: { bgcolor: colour("--raised"), bordercolor: colour("--line"), font: { color: colour("--text") } },
    });
    figure.data[0].line = { color: colour("--link"), width: 2.5 };
    figure.data[0].marker = { color: colour("--link"), size: 5 };
    figure.data[1].marker = { color: colour("--down") };
    return figure;
  };

  try {
    const answer = await fetch(place.dataset.figure);
    if (!answer.ok) throw new Error(answer.status);
    const figure = await answer.json();
    const draw = () => {
      const dressed = dress(figure);
      return Plotly.react(place, dressed.data, dressed.layout, { responsive: true, displayModeBar: false });
    };
    place.textContent = "";
    await draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  } catch {
    place.textContent = place.dataset.failed;
  }
})();
