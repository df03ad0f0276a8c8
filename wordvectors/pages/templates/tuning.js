"use strict";
// Parallel coordinates: a line for each trial. An axis is brushed by dragging along it, or by its two sliders.
(() => {
  const SVG = "http://www.w3.org/2000/svg", STEP = 0.01, TOP = 34, BOTTOM = 26, HEIGHT = 320, LEAST = 136;
  const $ = (id) => document.getElementById(id);
  const svg = $("parallel"), brushes = $("brushes"), left = $("left"), all = $("all");
  const { axes, trials } = JSON.parse($("coordinates-data").textContent);
  const rows = new Map([...document.querySelectorAll("tr[data-trial]")].map((row) => [Number(row.dataset.trial), row]));
  $("unscripted").remove();
  let gap = LEAST;

  const make = (name, parent, attributes = {}) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  };
  const top = (share) => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  const across = (number) => gap * (number + 0.5);

  const lines = make("g", svg);
  for (const trial of [...trials].sort((a, b) => a.places.at(-1) - b.places.at(-1))) {
    trial.line = make("polyline", lines);
    trial.line.style.setProperty("--rank", trial.places.at(-1));
    make("title", trial.line).textContent = trial.says;
  }
  axes.forEach((axis, number) => {
    axis.group = make("g", svg);
    make("line", axis.group, { class: "axis", y1: top(1), y2: top(0) });
    make("text", axis.group, { class: "name", y: 14 }).textContent = axis.name;
    for (const [place, label] of axis.ticks) {
      const standing = place < 0.01 ? { y: top(place) + 18 } : place > 0.99 ? { y: top(place) - 6 } : { y: top(place) + 4, x: -7, class: "between" };
      make("text", axis.group, standing).textContent = label;
    }
    axis.grip = make("rect", axis.group, { class: "grip", x: -7, width: 14, rx: 4 });
    axis.reach = make("rect", axis.group, { class: "reach", x: -16, width: 32, y: top(1) - 8, height: top(0) - top(1) + 16 });
    axis.sliders = sliders(axis);
    drag(axis);
  });

  function sliders(axis) {
    const set = document.createElement("fieldset"), legend = document.createElement("legend");
    legend.textContent = axis.name;
    set.append(legend);
    brushes.append(set);
    return ["from", "to"].map((end, at) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: 0, max: 1, step: STEP, value: at });
      input.setAttribute("aria-label", `${axis.name}: ${end}`);
      input.addEventListener("input", show);
      set.append(input);
      return input;
    });
  }

  function drag(axis) {
    let start = null;
    const share = (event) => {
      const place = 1 - (event.clientY - svg.getBoundingClientRect().top - TOP) / (HEIGHT - TOP - BOTTOM);
      return Math.min(Math.max(place, 0), 1);
    };
    const brush = (event) => {
      const now = share(event);
      [axis.sliders[0].value, axis.sliders[1].value] = [Math.min(start, now), Math.max(start, now)];
      show();
    };
    axis.reach.addEventListener("pointerdown", (event) => {
      start = share(event);
      axis.reach.setPointerCapture(event.pointerId);
    });
    axis.reach.addEventListener("pointermove", (event) => { if (start !== null) brush(event); });
    axis.reach.addEventListener("pointerup", (event) => {
      if (Math.abs(share(event) - start) < 2 * STEP) { [axis.sliders[0].value, axis.sliders[1].value] = [0, 1]; show(); }
      start = null;
    });
    axis.reach.addEventListener("pointercancel", () => { start = null; });
  }

  const ends = (axis) => axis.sliders.map((slider) => Number(slider.value)).sort((a, b) => a - b);
  const isBrushed = (axis) => { const [low, high] = ends(axis); return low > 0 || high < 1; };
  function within(trial) {
    return axes.every((axis, number) => {
      if (!isBrushed(axis)) return true;
      const place = trial.places[number], [low, high] = ends(axis);
      return place !== null && place >= low - STEP / 2 && place <= high + STEP / 2;
    });
  }

  function show() {
    for (const axis of axes) {
      const [low, high] = ends(axis);
      axis.grip.setAttribute("y", top(high));
      axis.grip.setAttribute("height", top(low) - top(high));
      axis.grip.style.display = isBrushed(axis) ? "" : "none";
    }
    const shown = trials.filter(within);
    for (const trial of trials) {
      const out = !shown.includes(trial);
      trial.line.setAttribute("class", out ? "out" : "");
      rows.get(trial.number)?.classList.toggle("out", out);
    }
    left.textContent = `${shown.length} of ${trials.length} trials${shown.length && shown.length < 6 ? `: ${shown.map((trial) => trial.number).join(", ")}` : ""}`;
    all.hidden = !axes.some(isBrushed);
  }
  all.addEventListener("click", () => {
    for (const axis of axes) [axis.sliders[0].value, axis.sliders[1].value] = [0, 1];
    show();
    left.parentElement.previousElementSibling.focus();
  });

  function lay() {
    gap = Math.max(LEAST, (svg.parentElement.clientWidth - 2) / axes.length);
    svg.setAttribute("width", gap * axes.length);
    svg.setAttribute("height", HEIGHT);
    axes.forEach((axis, number) => {
      axis.group.setAttribute("transform", `translate(${across(number).toFixed(1)} 0)`);
      brushes.children[number].style.width = `${gap}px`;
    });
    for (const trial of trials) {
      const points = trial.places.flatMap((place, number) => (place === null ? [] : [`${across(number).toFixed(1)},${top(place).toFixed(1)}`]));
      trial.line.setAttribute("points", points.join(" "));
    }
  }
  new ResizeObserver(lay).observe(svg.parentElement);
  lay();
  show();
})();
