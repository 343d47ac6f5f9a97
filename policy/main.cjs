// The engine loads a policy pack with `require` and its own old TypeScript; tsx reads our sources as they are.
require("tsx/cjs");
require("./index.ts");
