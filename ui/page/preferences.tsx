import { useState } from "preact/hooks";
import { languages, spokenLanguage, t } from "./language.ts";
import { chosenTheme, show, THEMES } from "./theme.ts";

/** What readers choose for themselves: language and colours. */
export function Preferences({ onLanguage }: { onLanguage: (tag: string) => void }) {
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <div class="preferences">
      <select
        aria-label={t().language}
        value={spokenLanguage()}
        onChange={(event) => {
          onLanguage(event.currentTarget.value);
        }}
      >
        {languages.map(({ tag, name }) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={t().theme}
        value={theme}
        onChange={(event) => {
          const chosen = THEMES[event.currentTarget.selectedIndex] ?? "auto";
          setTheme(chosen);
          show(chosen);
        }}
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {t().themes[one]}
          </option>
        ))}
      </select>
    </div>
  );
}
