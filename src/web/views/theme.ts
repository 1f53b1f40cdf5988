/** Dark and light: as the system says, or as was chosen, which is remembered. */
export type Theme = "auto" | "light" | "dark";

const key = "spaced.theme";
const themes: readonly Theme[] = ["auto", "light", "dark"];

export function savedTheme(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? "auto";
  } catch {
    return "auto";
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Not allowed: it lasts as long as the page.
  }
}

export const nextTheme = (theme: Theme): Theme => themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
