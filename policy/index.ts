import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";
import { recordedData } from "./recorded-data.ts";

// Constructing the pack starts the server that the engine asks.
new PolicyPack("slipway", {
  policies: [...policies(), recordedData],
  enforcementLevel: "mandatory",
});
