import { backupRules } from "./backup.ts";
import { databaseRules } from "./database.ts";
import { deliveryRules } from "./delivery.ts";
import { destinationRules } from "./destinations.ts";
import { endpointRules } from "./endpoint.ts";
import { imageRules } from "./images.ts";
import { loopRules } from "./loop.ts";
import { modelRules } from "./models.ts";
import { monitoringRules } from "./monitoring.ts";
import { quotaRules } from "./quota.ts";
import type { Rule } from "./rule.ts";
import { sleepRules } from "./sleep.ts";
import { stackRules } from "./stack.ts";

/** Every impossible combination, one rule each. */
export const rules: readonly Rule[] = [
  ...stackRules,
  ...imageRules,
  ...modelRules,
  ...loopRules,
  ...databaseRules,
  ...backupRules,
  ...endpointRules,
  ...deliveryRules,
  ...monitoringRules,
  ...sleepRules,
  ...destinationRules,
  ...quotaRules,
];
