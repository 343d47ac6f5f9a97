import { isIPv4, isIPv6 } from "node:net";

/**
 * What Kubernetes takes as a name: `k8s.io/apimachinery/pkg/util/validation` (`IsDNS1123Label`,
 * `IsDNS1123Subdomain`), which are the labels and names of RFC 1123. Each says what is wrong with a
 * text, and what is right; undefined for a sound one.
 */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Characters of a label of DNS, and of a whole name. */
export const LABEL_LENGTH = 63;
export const NAME_LENGTH = 253;

const LETTERS = "lower-case letters, digits and hyphens, with a letter or digit at each end";

/** The name of a namespace, of a Service, and each part of a host between its dots. */
export function labelProblem(text: string): string | undefined {
  if (LABEL.test(text) && text.length <= LABEL_LENGTH) return undefined;
  return `is not a valid name of 1 to ${LABEL_LENGTH} ${LETTERS}, such as team-a${counted(text, LABEL_LENGTH)}`;
}

/** The name of any other object: a Secret, a storage class, a Gateway. */
export function objectNameProblem(text: string): string | undefined {
  if (text.length <= NAME_LENGTH && text.split(".").every((part) => LABEL.test(part)))
    return undefined;
  return `is not a valid name of an object: up to ${NAME_LENGTH} ${LETTERS}, in parts with one dot between, such as my-name${counted(text, NAME_LENGTH)}`;
}

/**
 * A host by its name in DNS or its IPv4 address. Kubernetes forgets that DNS takes no part of more
 * than 63 characters (RFC 1035, 2.3.4), and has it refused by whoever resolves the name.
 */
export function hostProblem(text: string): string | undefined {
  if (text.includes("://"))
    return "is an address: write its host alone, without scheme, port and path";
  const parts = text.split(".");
  const long = parts.find((part) => part.length > LABEL_LENGTH);
  if (long !== undefined) {
    return `has a part of ${long.length} characters between its dots, and DNS takes ${LABEL_LENGTH}: shorten it`;
  }
  if (text.length > NAME_LENGTH) {
    return `has ${text.length} characters, and DNS takes ${NAME_LENGTH}: shorten it`;
  }
  if (!parts.every((part) => LABEL.test(part))) {
    return `is not a valid host name, such as slipway.example.com: each part between the dots takes ${LETTERS}`;
  }
  // RFC 1123, 2.1: the last part of a name is not a number, so that addresses can be told from names.
  if (/^\d+$/.test(parts.at(-1) ?? "") && !isIPv4(text)) {
    return "is neither a host name, whose last part has a letter, nor an IPv4 address, four numbers up to 255";
  }
  return undefined;
}

/** A server to connect to: its host, or an IPv6 address. */
export function serverProblem(text: string): string | undefined {
  return isIPv6(text) ? undefined : hostProblem(text);
}

function counted(text: string, most: number): string {
  return text.length > most ? `; it has ${text.length} characters` : "";
}
