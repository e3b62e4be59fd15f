// Light and dark: the reader's system decides until the reader does.

const KEY = "peak-report-theme";
const changed: (() => void)[] = [];
let colours: CSSStyleDeclaration | null = null;

/** A colour of page.css by its name there. */
export function colour(name: string): string {
  colours ??= getComputedStyle(document.documentElement);
  return colours.getPropertyValue(`--${name}`).trim();
}

export function onThemeChange(action: () => void): void {
  changed.push(action);
}

function apply(theme: string | null): void {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  colours = null;
  for (const action of changed) action();
}

// A page opened from a file may have no storage; the choice then lasts as long as the page.
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const isDark = (): boolean => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

export function startTheme(): void {
  apply(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(null));
}

export function toggleTheme(): void {
  const next = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // as above
  }
  apply(next);
}
