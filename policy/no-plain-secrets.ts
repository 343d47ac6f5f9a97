import type { ReportViolation, ResourceValidationPolicy } from "@pulumi/policy";
import { type Container, forEachContainer, kindOf, settingsSchema } from "./lib/resource.ts";

const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|ACCESS_KEY|API_?KEY|PRIVATE_KEY/i;
/** `scheme://user:password@host`, unless the password is a reference such as `$(PASSWORD)`. */
const URL_WITH_PASSWORD = /\w:\/\/[^\s/:@]+:(?!\$\()[^\s/@]+@/;

/** Environment, arguments and ConfigMaps are read by far more people than Secrets are. */
export const noPlainSecrets: ResourceValidationPolicy = {
  name: "no-plain-secrets",
  description: "No password or key stands in an environment variable, an argument or a ConfigMap.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: [
    forEachContainer(checkContainer),
    (args, report) => {
      if (kindOf(args.type) !== "ConfigMap") return;
      const { data = {} } = args.props as { data?: Record<string, string> };
      for (const [key, text] of Object.entries(data)) {
        if (URL_WITH_PASSWORD.test(text)) report(`'data.${key}' holds a URL with a password`);
      }
    },
  ],
};

function checkContainer({ env = [], args = [], command = [] }: Container, report: ReportViolation) {
  for (const { name, value } of env) {
    if (value === undefined || value === "") continue;
    // A path tells where the secret is mounted, not what it is.
    const named = SECRET_NAME.test(name) && !value.startsWith("/") && !value.startsWith("$(");
    if (named || URL_WITH_PASSWORD.test(value)) {
      report(
        `'env.${name}' holds a secret in plain text; use 'valueFrom.secretKeyRef' or a mounted file`,
      );
    }
  }
  if ([...command, ...args].some((argument) => URL_WITH_PASSWORD.test(argument))) {
    report("an argument holds a URL with a password; use a mounted file");
  }
}
