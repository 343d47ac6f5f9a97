import { render } from "preact";
import { App } from "./app.tsx";
import { chosenTheme, show } from "./theme.ts";

show(chosenTheme());
const root = document.getElementById("app");
if (root) render(<App />, root);
