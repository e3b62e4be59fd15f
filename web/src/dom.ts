// Elements made in code. Text always goes in as text, so nothing that a run is named can become markup.

type Attributes = Record<string, string | number | boolean | undefined>;
export type Child = Node | string | null | undefined;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/** A section of the page: a heading, what stands beside it, and a body. */
export function section(id: string, title: string, aside: Child, ...body: Child[]): HTMLElement {
  return element(
    "section",
    { id, class: "card", "aria-labelledby": `${id}-title` },
    element("header", { class: "card-head" }, element("h2", { id: `${id}-title` }, title), aside),
    ...body,
  );
}

export function button(label: string, title: string, action: () => void, className = ""): HTMLButtonElement {
  const made = element("button", { type: "button", title, class: className }, label);
  made.addEventListener("click", action);
  return made;
}

/** Buttons of which one is pressed. */
export function choice<T extends string>(
  label: string,
  options: readonly T[],
  initial: T,
  chosen: (option: T) => void,
): HTMLElement {
  const group = element("div", { class: "choice", role: "group", "aria-label": label });
  const mark = (current: T) => {
    for (const made of group.querySelectorAll("button")) {
      made.setAttribute("aria-pressed", String(made.textContent === current));
    }
  };
  for (const option of options) {
    group.append(
      button(option, `${label}: ${option}`, () => {
        mark(option);
        chosen(option);
      }),
    );
  }
  mark(initial);
  return group;
}
