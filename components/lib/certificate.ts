import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";

/** A certificate that signs itself, and its private key, both in PEM. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** Object identifiers in DER: ecdsa-with-SHA256 (RFC 5758, 3.2), then of attributes and extensions (RFC 5280, 4). */
const ECDSA_SHA256 = der(0x30, Buffer.from("06082a8648ce3d040302", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
const EXTENSIONS = {
  keyUsage: "0603551d0f",
  subjectAltName: "0603551d11",
  basicConstraints: "0603551d13",
  extendedKeyUsage: "0603551d25",
};
const TRUE = der(0x01, Buffer.from([0xff]));
const SERVER_AUTH = Buffer.from("06082b06010505070301", "hex");

/** It is valid until its key is another one: UTCTime, as before 2050, and GeneralizedTime (RFC 5280, 4.1.2.5). */
const VALID = der(
  0x30,
  der(0x17, Buffer.from("260101000000Z")),
  der(0x18, Buffer.from("99991231235959Z")),
);

/**
 * The certificate of a server that clients know by this very certificate (X.509 v3 of RFC 5280, ECDSA on P-256). The same seed and hosts give the same bytes,
 * as RFC 6979 draws no random numbers: a program that makes it at each run changes nothing.
 *
 * @param seed a secret of at least 128 bits; the private key is derived from its SHA-384.
 * @param hosts by which clients reach the server; the first names it.
 */
export function selfSigned(seed: string, hosts: readonly string[]): Certificate {
  const { secretKey, key } = keyOf(seed);
  const name = der(0x30, der(0x31, der(0x30, COMMON_NAME, der(0x0c, Buffer.from(hosts[0] ?? "")))));
  const names = hosts.map((host) => der(0x82, Buffer.from(host)));
  const content = der(
    0x30,
    der(0xa0, integer(2)),
    // A positive number that no other certificate of this name has.
    der(0x02, Buffer.from([0x01]), serial(seed, hosts)),
    ECDSA_SHA256,
    name,
    VALID,
    name,
    createPublicKey(key).export({ type: "spki", format: "der" }),
    der(
      0xa3,
      der(
        0x30,
        extension("basicConstraints", der(0x30, TRUE)),
        // Digital signature, and that of certificates: its own.
        extension("keyUsage", der(0x03, Buffer.from([2, 0b1000_0100]))),
        extension("extendedKeyUsage", der(0x30, SERVER_AUTH)),
        extension("subjectAltName", der(0x30, ...names)),
      ),
    ),
  );
  const signature = p256.sign(content, secretKey, { format: "der", lowS: false });
  const whole = der(0x30, content, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    certificate: pem(whole),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function keyOf(seed: string) {
  // 48 bytes, of which the remainder is the key (FIPS 186-5, A.2.1).
  const { secretKey } = p256.keygen(createHash("sha384").update(seed).digest());
  const point = Buffer.from(p256.getPublicKey(secretKey, false));
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  const key = createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-256",
      d: text(secretKey),
      x: text(point.subarray(1, 33)),
      y: text(point.subarray(33)),
    },
  });
  return { secretKey, key };
}

/** A value with its tag and length (X.690, 8.1). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

function integer(number: number): Buffer {
  return der(0x02, Buffer.from([number]));
}

/** A critical one: who does not know it, refuses the certificate. */
function extension(name: keyof typeof EXTENSIONS, value: Buffer): Buffer {
  return der(0x30, Buffer.from(EXTENSIONS[name], "hex"), TRUE, der(0x04, value));
}

function serial(...parts: unknown[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 15);
}

function pem(content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
