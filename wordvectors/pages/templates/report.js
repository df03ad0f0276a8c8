"use strict";
// The map of words: drawn as SVG, words placed anew at each zoom so that labels keep their size.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const REACH = 26, CLOSEST = 14, DRAG = 4, WIDER = 1.35, SHOWN = 12;
  const $ = (id) => document.getElementById(id);
  const map = $("map"), cards = $("cards"), search = $("search"), found = $("found"), said = $("said"), results = $("results");
  const hint = cards.firstElementChild;
  hint.textContent = "Point at a word or tap it, or find one.";

  // `words` can be searched for, and `mapped`, the first of them, are on the map. A neighbour may be neither.
  const data = JSON.parse($("map-data").textContent);
  const words = data.near.map((flat, index) => {
    const [x, y, cluster] = data.places[index] || [];
    const near = () => flat.flatMap((other, at) => (at % 2 ? [] : [{ word: data.words[other], there: words[other], cosine: flat[at + 1] / 1000 }]));
    return { word: data.words[index], lower: data.words[index].toLowerCase(), index, x, y, cluster, near, onMap: index < data.places.length };
  });
  const mapped = words.slice(0, data.places.length);
  const clusters = [...document.querySelectorAll("#clusters li")];
  const pinned = [];
  let matches = [], active = null, cluster = null, zoom = 1, centre = { x: 0, y: 0 };
  let width = 0, height = 0, margin = 0;

  const make = (name, parent, classes = "") => {
    const element = document.createElementNS(SVG, name);
    if (classes) element.setAttribute("class", classes);
    parent.append(element);
    return element;
  };
  const links = make("g", map), dots = make("g", map), labels = make("g", map);
  for (const word of mapped) {
    word.dot = make("circle", dots);
    word.dot.setAttribute("r", (2.4 + 2.2 * (1 - word.index / mapped.length)).toFixed(1));
    word.label = make("text", labels);
    word.label.textContent = word.word;
    word.label.setAttribute("dy", 4);
  }

  // ---- place ----
  // Pixels per unit of the map. It is drawn a little wider than it is: labels need room beside each other.
  const tall = () => (Math.min(width, height) / 2 - margin) * zoom;
  const wide = () => (Math.min(width, WIDER * height) / 2 - margin) * zoom;
  const place = (word) => {
    word.left = width / 2 + (word.x - centre.x) * wide();
    word.top = height / 2 - (word.y - centre.y) * tall();
  };
  const chosen = (word) => word === active || pinned.includes(word) || matches.includes(word);

  function draw() {
    mapped.forEach(place);
    const taken = [], match = new Set(matches);
    const near = new Set(active ? active.near().map(({ there }) => there) : []);
    const urgent = (word) => (word === active ? 0 : pinned.includes(word) ? 1 : match.has(word) ? 2 : near.has(word) ? 3 : word.cluster === cluster ? 4 : 5);
    for (const word of [...mapped].sort((a, b) => urgent(a) - urgent(b) || a.index - b.index)) {
      const inside = word.left > -90 && word.left < width + 20 && word.top > -20 && word.top < height + 20;
      const standing = ["word", `in-${word.cluster}`, word === active && "active", pinned.includes(word) && "pinned",
        match.has(word) && "match", near.has(word) && "near", word.cluster === cluster && "kin",
        !(inside && fits(word, taken)) && "unlabelled"].filter(Boolean).join(" ");
      for (const drawn of [word.dot, word.label]) {
        drawn.setAttribute("transform", `translate(${word.left.toFixed(1)} ${word.top.toFixed(1)})`);
        drawn.setAttribute("class", standing);
      }
    }
    map.classList.toggle("looking", Boolean(active || matches.length || cluster !== null));
    map.style.touchAction = zoom > 1 ? "none" : "pan-y";
    links.replaceChildren();
    for (const from of new Set([active, ...pinned])) {
      for (const { there: to } of from && from.onMap ? from.near() : []) {
        if (!to || !to.onMap) continue;
        const line = make("line", links);
        for (const [name, value] of [["x1", from.left], ["y1", from.top], ["x2", to.left], ["y2", to.top]])
          line.setAttribute(name, value.toFixed(1));
      }
    }
  }

  function fits(word, taken) {  // a label is shown where it covers no other: to the right of its dot, or to the left
    const across = 9 + 6.8 * word.word.length;
    const sides = [["start", 6, word.left - 3], ["end", -6, word.left - across + 3]]
      .filter(([, , left]) => left > 0 && left + across < width)
      .map(([anchor, shift, left]) => [anchor, shift, [left, word.top - 8, left + across, word.top + 8]]);
    const free = sides.find(([, , box]) => !taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3]));
    const side = free || (chosen(word) && sides[0]);
    if (!side) return false;
    word.label.setAttribute("text-anchor", side[0]);
    word.label.setAttribute("dx", side[1]);
    taken.push(side[2]);
    return true;
  }

  // ---- look ----
  function zoomTo(level, at = { left: width / 2, top: height / 2 }) {
    const right = at.left - width / 2, down = at.top - height / 2;
    const x = centre.x + right / wide(), y = centre.y - down / tall();
    zoom = Math.min(Math.max(level, 1), CLOSEST);
    centre = zoom === 1 ? { x: 0, y: 0 } : { x: x - right / wide(), y: y + down / tall() };
    draw();
  }
  const pan = (right, down) => {
    const bound = (value) => Math.min(Math.max(value, -1), 1);
    centre = { x: bound(centre.x - right / wide()), y: bound(centre.y + down / tall()) };
    draw();
  };
  function reveal(word, level = zoom) {
    if (!word.onMap) return;
    zoom = Math.max(zoom, level);
    place(word);
    if (word.left < 30 || word.left > width - 90 || word.top < 24 || word.top > height - 24) centre = { x: word.x, y: word.y };
    draw();
  }
  const nearest = (left, top, reach) => {
    let best = null, least = reach;
    for (const word of mapped) {
      const distance = Math.hypot(word.left - left, word.top - top);
      if (distance < least) [best, least] = [word, distance];
    }
    return best;
  };

  function activate(word, aloud = false) {
    if (word === active && !aloud) return;
    active = word;
    draw();
    showCards();
    if (aloud && word) said.textContent = `${word.word}: ${word.near().map((other) => other.word).join(", ")}${pinned.includes(word) ? "; pinned" : ""}`;
  }
  function togglePin(word) {
    const at = pinned.indexOf(word);
    if (at < 0) pinned.unshift(word); else pinned.splice(at, 1);
    said.textContent = `${word.word} ${at < 0 ? "pinned" : "no longer pinned"}`;
    draw();
    showCards();
  }

  // ---- cards ----
  function showCards() {
    const shown = [active, ...pinned.filter((word) => word !== active)].filter(Boolean);
    cards.replaceChildren(...(shown.length ? shown.map(card) : [hint]));
  }
  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  function card(word) {
    const made = element("article", undefined, word === active ? "card active" : "card");
    const isPinned = pinned.includes(word), head = element("header"), pin = element("button", isPinned ? "Unpin" : "Pin");
    pin.type = "button";
    pin.setAttribute("aria-label", `${isPinned ? "Unpin" : "Pin"} ${word.word}`);
    pin.addEventListener("click", () => togglePin(word));
    head.append(element("h3", word.word), element("span", `no. ${(word.index + 1).toLocaleString("en")}`, "rank"), pin);
    const list = element("ol");
    for (const { word: other, there, cosine } of word.near()) {
      const row = element("li"), name = element(there ? "button" : "span", other);
      if (there) {
        name.type = "button";
        name.addEventListener("click", () => { activate(there, true); reveal(there); });
      }
      row.style.setProperty("--share", `${Math.max(0, cosine * 100).toFixed(0)}%`);
      row.append(name, element("span", cosine.toFixed(3)));
      list.append(row);
    }
    made.append(head);
    const within = clusters[word.cluster];
    if (within) made.append(element("p", within.dataset.name, `within in-${word.cluster}`));
    else if (!word.onMap) made.append(element("p", "not on the map", "within"));
    made.append(list);
    return made;
  }

  // ---- pointer ----
  const pointers = new Map();
  let moved = 0, spread = 0;
  const at = (event) => {
    const frame = map.getBoundingClientRect();
    return { left: event.clientX - frame.left - map.clientLeft, top: event.clientY - frame.top - map.clientTop };
  };
  const apart = () => { const [a, b] = [...pointers.values()]; return Math.hypot(a.left - b.left, a.top - b.top); };
  map.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, at(event));
    moved = pointers.size > 1 ? DRAG + 1 : 0;
    spread = pointers.size === 2 ? apart() : 0;
  });
  map.addEventListener("pointermove", (event) => {
    const now = at(event), before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") activate(nearest(now.left, now.top, REACH));
      return;
    }
    pointers.set(event.pointerId, now);
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      zoomTo(zoom * apart() / spread, { left: (a.left + b.left) / 2, top: (a.top + b.top) / 2 });
      spread = apart();
      return;
    }
    moved += Math.hypot(now.left - before.left, now.top - before.top);
    if (moved > DRAG && zoom > 1) {
      if (!map.hasPointerCapture(event.pointerId)) map.setPointerCapture(event.pointerId);
      map.classList.add("dragged");
      pan(now.left - before.left, now.top - before.top);
    }
  });
  const release = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    map.classList.remove("dragged");
    if (event.type === "pointerup" && moved <= DRAG) {
      const point = at(event), word = nearest(point.left, point.top, REACH);
      if (word) togglePin(word);
      activate(word);
    }
  };
  map.addEventListener("pointerup", release);
  map.addEventListener("pointercancel", release);
  map.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && !pointers.size) activate(null);
  });
  map.addEventListener("wheel", (event) => {  // the page scrolls until the map was clicked, or Ctrl is held
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== map) return;
    if (event.deltaY > 0 && zoom === 1) return;
    event.preventDefault();
    zoomTo(zoom * Math.exp(-event.deltaY / 300), at(event));
  }, { passive: false });

  // ---- keyboard ----
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function step([right, down]) {
    if (!active || !active.onMap) return nearest(width / 2, height / 2, Infinity);
    let best = null, least = Infinity;
    for (const word of mapped) {
      const across = word.left - active.left, along = word.top - active.top;
      const ahead = across * right + along * down, aside = Math.abs(across * down) + Math.abs(along * right);
      if (word === active || ahead <= 0 || aside > 2 * ahead) continue;
      if (ahead + 2 * aside < least) [best, least] = [word, ahead + 2 * aside];
    }
    return best || active;
  }
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key in ARROWS && mapped.length) { const word = step(ARROWS[key]); activate(word, true); reveal(word); }
    else if ((key === "Enter" || key === " ") && active) togglePin(active);
    else if (key === "+" || key === "=") zoomTo(zoom * 1.5);
    else if (key === "-") zoomTo(zoom / 1.5);
    else if (key === "0") zoomTo(1);
    else if (key === "Escape") { if (active) activate(null); else { pinned.length = 0; look(null); showCards(); } }
    else return;
    event.preventDefault();
  });
  $("zoom-in").addEventListener("click", () => zoomTo(zoom * 1.6));
  $("zoom-out").addEventListener("click", () => zoomTo(zoom / 1.6));
  $("zoom-reset").addEventListener("click", () => zoomTo(1));

  // ---- search ----
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    const begins = wanted ? words.filter((word) => word.lower.startsWith(wanted)) : [];
    matches = begins.length || !wanted ? begins : words.filter((word) => word.lower.includes(wanted));
    matches.sort((a, b) => a.word.length - b.word.length || a.index - b.index);
    const some = (count) => (count === 1 ? "1 word" : `${count.toLocaleString("en")} words`);
    const here = matches.filter((word) => word.onMap).length;
    found.textContent = !wanted ? "" : !matches.length ? `Not among these ${words.length.toLocaleString("en")}`
      : here === matches.length ? some(here) : `${some(matches.length)}, ${here} on the map`;
    results.replaceChildren(...matches.slice(0, SHOWN).map((word) => {
      const row = element("li"), button = element("button", word.word);
      button.type = "button";
      button.addEventListener("click", () => pin(word));
      row.append(button);
      return row;
    }));
    draw();
  });
  function pin(word) {
    if (!pinned.includes(word)) togglePin(word);
    reveal(word, 2.5);
  }
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); }
    if (event.key !== "Enter" || !matches.length) return;
    event.preventDefault();
    pin(matches[0]);
  });

  // ---- clusters ----
  const look = (number) => {
    cluster = number;
    for (const { firstElementChild: button } of clusters) button.setAttribute("aria-pressed", String(button.value === String(number)));
    draw();
  };
  clusters.forEach((item, number) => {
    const button = element("button");
    button.type = "button";
    button.value = number;
    button.append(...item.childNodes);
    button.addEventListener("click", () => look(cluster === number ? null : number));
    item.append(button);
  });

  new ResizeObserver(() => {
    [width, height] = [map.clientWidth, map.clientHeight];
    margin = width < 500 ? 16 : 34;
    draw();
  }).observe(map);
})();
