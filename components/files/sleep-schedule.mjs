// Made by `npm run bundle` of tools/sleep-schedule: do not edit.

// tools/sleep-schedule/main.ts
import { readFileSync as readFileSync2 } from "node:fs";
import { setTimeout as pause3 } from "node:timers/promises";

// components/well-known.ts
var PORTS = {
  api: 8e3,
  ui: 8080,
  mlflow: 5e3,
  postgres: 5432,
  /** Where our object store is found whatever it is; MinIO's own. */
  objectStore: 9e3,
  seaweedfs: 8333,
  seaweedfsMetrics: 9327,
  prometheus: 9090,
  grafana: 3e3,
  pushgateway: 9091,
  alertmanager: 9093,
  postgresExporter: 9187,
  blackboxExporter: 9115,
  sleepSchedule: 8090,
  login: 4180
};
var HIBERNATION = "cnpg.io/hibernation";
var SLEEP_SCHEDULE = "sleep-schedule";
var LOGIN = "login";
var NODE_PORTS = { mlflow: 30500, firstModel: 30800, ui: 30851 };
var MODELS_ON_NODE_PORTS = NODE_PORTS.ui - NODE_PORTS.firstModel;
var ALL_NODE_PORTS = [
  NODE_PORTS.mlflow,
  ...Array.from({ length: MODELS_ON_NODE_PORTS }, (_2, index) => NODE_PORTS.firstModel + index),
  NODE_PORTS.ui
];
function apiName(model) {
  return `${model}-api`;
}
function trainingName(model) {
  return `${model}-training`;
}
function podsService(name) {
  return `${name}-pods`;
}
var ACCESS_LABEL = "slipway/access-";
function accessLabel(name) {
  return `${ACCESS_LABEL}${name}`;
}
var HASH_DIGITS = 8;
var ROOM = {
  podsService: 63 - podsService(apiName("")).length,
  accessLabel: 63 - accessLabel(apiName("")).replace(/^.*\//, "").length,
  job: 63 - trainingName("").length - "-".length - HASH_DIGITS,
  cronJob: 52 - trainingName("").length
};
var MODEL_NAME_LENGTH = Math.min(...Object.values(ROOM));
var MODEL_NAME = new RegExp(`^[a-z]([-a-z0-9]{0,${MODEL_NAME_LENGTH - 2}}[a-z0-9])?$`);
var MODEL_NAME_RULE = `1 to ${MODEL_NAME_LENGTH} lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen`;

// tools/lib/tell.ts
function tell(line) {
  process.stdout.write(`${line}
`);
}

// tools/lib/failure.ts
var Failure = class extends Error {
  /** Exit code of the command; the training's own codes (2, 3, 4) are passed on. */
  exitCode;
  constructor(message, exitCode = 1) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
};
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// tools/sleep-schedule/api-objects.ts
import { readFileSync } from "node:fs";

// tools/lib/stack/objects.ts
var KINDS = {
  ConfigMap: { api: "v1", plural: "configmaps" },
  Namespace: { api: "v1", plural: "namespaces" },
  Pod: { api: "v1", plural: "pods" },
  Service: { api: "v1", plural: "services" },
  Deployment: { api: "apps/v1", plural: "deployments" },
  StatefulSet: { api: "apps/v1", plural: "statefulsets" },
  CronJob: { api: "batch/v1", plural: "cronjobs" },
  Job: { api: "batch/v1", plural: "jobs" },
  EndpointSlice: { api: "discovery.k8s.io/v1", plural: "endpointslices" },
  Cluster: { api: "postgresql.cnpg.io/v1", plural: "clusters" }
};

// tools/sleep-schedule/api-objects.ts
var PATIENCE = 1e4;
function apiObjects(access, namespace3) {
  const call = async ({ method, path: path2, body, type = "application/json" }) => {
    const headers = {
      authorization: `Bearer ${readFileSync(access.tokenFile, "utf8").trim()}`,
      accept: "application/json",
      ...body && { "content-type": type }
    };
    const signal = AbortSignal.timeout(PATIENCE);
    const request = { method, headers, signal, ...body && { body: JSON.stringify(body) } };
    const response = await fetch(`${access.server}${path2}`, request);
    return { status: response.status, ok: response.ok, text: await response.text() };
  };
  const ask = async (what, request, expected) => {
    const answer = await call(request).catch((error) => {
      throw new Failure(`${what} in ${namespace3}: the API does not answer: ${reasonOf(error)}`);
    });
    if (answer.ok) return answer.text;
    if (answer.status === expected) return void 0;
    throw new Failure(`${what} in ${namespace3}: ${answer.status} ${messageOf(answer.text)}`);
  };
  const pathOf = (kind, name = "") => {
    const { api: api2, plural } = KINDS[kind];
    const root = `/${api2.includes("/") ? "apis" : "api"}/${api2}`;
    const within = kind === "Namespace" ? root : `${root}/namespaces/${namespace3}`;
    return `${within}/${plural}${name && `/${name}`}`;
  };
  const path = ({ kind, metadata: { name } }) => pathOf(kind, name);
  const called = ({ kind, metadata: { name } }) => `${kind} ${name}`;
  return {
    async list(kind, labels) {
      const query = labels.length ? `?labelSelector=${encodeURIComponent(labels.join(","))}` : "";
      const request = { method: "GET", path: pathOf(kind) + query };
      const found = await ask(`the ${KINDS[kind].plural} cannot be read`, request, 404);
      if (found === void 0) return [];
      const { items } = JSON.parse(found);
      return items.map((item) => ({ apiVersion: KINDS[kind].api, kind, ...item }));
    },
    async read(object2) {
      const request = { method: "GET", path: path(object2) };
      const found = await ask(`${called(object2)} cannot be read`, request, 404);
      return found === void 0 ? void 0 : JSON.parse(found);
    },
    async apply(object2, manager) {
      const query = `?fieldManager=${manager}&force=true`;
      const type = "application/apply-patch+yaml";
      const request = { method: "PATCH", path: path(object2) + query, body: object2, type };
      await ask(`${called(object2)} cannot be set`, request);
    },
    async create(object2) {
      const request = { method: "POST", path: pathOf(object2.kind), body: object2 };
      return await ask(`${called(object2)} cannot be made`, request, 409) !== void 0;
    },
    async merge(object2, patch) {
      const type = "application/merge-patch+json";
      const request = { method: "PATCH", path: path(object2), body: patch, type };
      await ask(`${called(object2)} cannot be changed`, request);
    },
    async remove(object2) {
      const request = { method: "DELETE", path: path(object2) };
      await ask(`${called(object2)} cannot be deleted`, request, 404);
    }
  };
}
function messageOf(text) {
  try {
    return JSON.parse(text).message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}

// components/lib/quantity.ts
var QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;
var DECIMAL = {
  ...{ n: -9, u: -6, m: -3 },
  ...{ k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
};
var BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
var NANO = 9;
var ONE = 10n ** BigInt(NANO);
var MOST = 2n ** 63n - 1n;
function readQuantity(text) {
  const [whole, sign, number = "", suffix = "", exponent] = QUANTITY.exec(text) ?? [];
  if (whole === void 0 || Math.abs(Number(exponent ?? 0)) > 99) return void 0;
  const [integer = "", fraction = ""] = number.split(".");
  const power = Number(exponent ?? DECIMAL[suffix] ?? 0) - fraction.length + NANO;
  const digits = BigInt(integer + fraction) * 1024n ** BigInt(BINARY.indexOf(suffix) + 1);
  const nanos = power >= 0 ? digits * 10n ** BigInt(power) : ceilDivide(digits, 10n ** BigInt(-power));
  if (nanos > MOST * ONE) return void 0;
  return { nanos: sign === "-" ? -nanos : nanos, suffix };
}
function milliOf(text) {
  return Number(ceilDivide(nanosOf(text), ONE / 1000n));
}
function wholeOf(text) {
  return Number(ceilDivide(nanosOf(text), ONE));
}
function nanosOf(text) {
  const quantity = readQuantity(text);
  if (quantity === void 0)
    throw new Error(`'${text}' is not a valid Kubernetes quantity, such as 500m or 2Gi`);
  return quantity.nanos;
}
function ceilDivide(dividend, divisor) {
  return (dividend + divisor - 1n) / divisor;
}

// node_modules/croner/dist/croner.js
function g(s3, e, t, n = 0, r = 0, a = 0, i = 0) {
  let o = s3 >= 0 && s3 < 100, u = Date.UTC(o ? s3 + 400 : s3, e, t, n, r, a, i);
  return o ? u - 126227808e5 : u;
}
function D(s3) {
  return g(s3.y, s3.m - 1, s3.d, s3.h, s3.i, s3.s);
}
function w(s3, e) {
  return s3.y === e.y && s3.m === e.m && s3.d === e.d && s3.h === e.h && s3.i === e.i && s3.s === e.s;
}
function O(s3) {
  let e = s3.substring(9);
  return e.includes("Z") || e.includes("+") || e.includes("-");
}
function Z(s3, e) {
  let t = new Date(Date.parse(s3));
  if (isNaN(t)) throw new Error("Invalid ISO8601 passed to timezone parser.");
  return O(s3) ? { tp: T(t.getUTCFullYear(), t.getUTCMonth() + 1, t.getUTCDate(), t.getUTCHours(), t.getUTCMinutes(), t.getUTCSeconds(), "Etc/UTC"), ms: t.getUTCMilliseconds() } : { tp: T(t.getFullYear(), t.getMonth() + 1, t.getDate(), t.getHours(), t.getMinutes(), t.getSeconds(), e), ms: t.getMilliseconds() };
}
function v(s3, e, t) {
  let { tp: n, ms: r } = Z(s3, e);
  return new Date(N(n, t).getTime() + r);
}
function N(s3, e) {
  let t = _(s3);
  if (t.kind === "single") return t.date;
  if (t.kind === "ambiguous") return t.earlier;
  if (e) throw new Error("Invalid date passed to fromTZ()");
  return t.after;
}
function _(s3) {
  let e = D(s3), t = (i) => R(new Date(i), s3.tz), n = e - t(e), r = y(new Date(n), s3.tz);
  if (w(r, s3)) {
    let i = D(r) - n, o = n - (t(n - E) - i);
    if (o < n && w(y(new Date(o), s3.tz), s3)) return { kind: "ambiguous", earlier: new Date(o), later: new Date(n) };
    let u = n + (i - t(n + E));
    return u > n && w(y(new Date(u), s3.tz), s3) ? { kind: "ambiguous", earlier: new Date(n), later: new Date(u) } : { kind: "single", date: new Date(n) };
  }
  let a = e - (D(r) - n);
  return w(y(new Date(a), s3.tz), s3) ? { kind: "single", date: new Date(a) } : { kind: "gap", before: new Date(Math.min(n, a)), after: new Date(Math.max(n, a)) };
}
var E = 3 * 36e5;
function R(s3, e) {
  return D(y(s3, e)) - (s3.getTime() - s3.getUTCMilliseconds());
}
function k(s3, e, t) {
  let n = R(new Date(s3), t);
  for (; e - s3 > 1e3; ) {
    let r = s3 + Math.floor((e - s3) / 2e3) * 1e3;
    R(new Date(r), t) === n ? s3 = r : e = r;
  }
  return e;
}
function U(s3, e) {
  let t = _(y(new Date(s3), e));
  if (t.kind === "ambiguous") return s3 < t.later.getTime() ? "earlier" : "later";
}
var H = g(1, 0, 1);
var S = 864e5;
var W = /* @__PURE__ */ new Map();
function y(s3, e) {
  if (e === void 0) return T(s3.getFullYear(), s3.getMonth() + 1, s3.getDate(), s3.getHours(), s3.getMinutes(), s3.getSeconds());
  let t = W.get(e), n;
  try {
    t || (t = new Intl.DateTimeFormat("en-US", { timeZone: e, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hour12: false }), W.set(e, t)), n = t.formatToParts(s3);
  } catch (i) {
    let o = i instanceof Error ? i.message : String(i);
    throw new RangeError(`toTZ: Invalid timezone '${e}' or date. Please provide a valid IANA timezone (e.g., 'America/New_York', 'Europe/Stockholm'). Original error: ${o}`);
  }
  let r = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (let i of n) (i.type === "year" || i.type === "month" || i.type === "day" || i.type === "hour" || i.type === "minute" || i.type === "second") && (r[i.type] = parseInt(i.value, 10));
  if (isNaN(r.year) || isNaN(r.month) || isNaN(r.day) || isNaN(r.hour) || isNaN(r.minute) || isNaN(r.second)) throw new Error(`toTZ: Failed to parse all date components from timezone '${e}'. This may indicate an invalid date or timezone configuration. Parsed components: ${JSON.stringify(r)}`);
  let a = s3.getTime() - H;
  return (a < -S || a < S && r.month === 12) && (r.year = 1 - r.year), r.hour === 24 && (r.hour = 0), { y: r.year, m: r.month, d: r.day, h: r.hour, i: r.minute, s: r.second, tz: e };
}
function T(s3, e, t, n, r, a, i) {
  return { y: s3, m: e, d: t, h: n, i: r, s: a, tz: i };
}
var x = [1, 2, 4, 8, 16];
var C = class s {
  pattern;
  timezone;
  mode;
  alternativeWeekdays;
  sloppyRanges;
  fixedTimeRule;
  second;
  minute;
  hour;
  day;
  month;
  dayOfWeek;
  year;
  lastDayOfMonth;
  lastWeekday;
  nearestWeekdays;
  starDOM;
  starDOW;
  starYear;
  useAndLogic;
  isFixedTime;
  constructor(e, t, n) {
    this.pattern = e, this.timezone = t, this.mode = n?.mode ?? "auto", this.alternativeWeekdays = n?.alternativeWeekdays ?? false, this.sloppyRanges = n?.sloppyRanges ?? false, this.fixedTimeRule = n?.fixedTimeRule ?? "single-value", this.second = Array(60).fill(0), this.minute = Array(60).fill(0), this.hour = Array(24).fill(0), this.day = Array(31).fill(0), this.month = Array(12).fill(0), this.dayOfWeek = Array(7).fill(0), this.year = [], this.lastDayOfMonth = false, this.lastWeekday = false, this.nearestWeekdays = Array(31).fill(0), this.starDOM = false, this.starDOW = false, this.starYear = false, this.useAndLogic = false, this.isFixedTime = false, this.parse();
  }
  parse() {
    if (!(typeof this.pattern == "string" || this.pattern instanceof String)) throw new TypeError("CronPattern: Pattern has to be of type string.");
    this.pattern.indexOf("@") >= 0 && (this.pattern = this.handleNicknames(this.pattern).trim());
    let e = this.pattern.match(/\S+/g) || [""], t = e.length;
    if (e.length < 5 || e.length > 7) throw new TypeError("CronPattern: invalid configuration format ('" + this.pattern + "'), exactly five, six, or seven space separated parts are required.");
    if (this.mode !== "auto") {
      let i;
      switch (this.mode) {
        case "5-part":
          i = 5;
          break;
        case "6-part":
          i = 6;
          break;
        case "7-part":
          i = 7;
          break;
        case "5-or-6-parts":
          i = [5, 6];
          break;
        case "6-or-7-parts":
          i = [6, 7];
          break;
        default:
          i = 0;
      }
      if (!(Array.isArray(i) ? i.includes(t) : t === i)) {
        let u = Array.isArray(i) ? i.join(" or ") : i.toString();
        throw new TypeError(`CronPattern: mode '${this.mode}' requires exactly ${u} parts, but pattern '${this.pattern}' has ${t} parts.`);
      }
    }
    if (e.length === 5 && e.unshift("0"), e.length === 6 && e.push("*"), this.pattern.indexOf("?") >= 0) for (let i = 0; i < e.length; i++) e[i] = e[i].replace(/\?/g, "*");
    if (e[3].toUpperCase() === "LW") this.lastWeekday = true, e[3] = "";
    else if (e[3].toUpperCase().indexOf("L") >= 0) {
      let i = e[3].split(",");
      if (i.length > 1 && i.some((o) => o.toUpperCase() === "LW")) throw new TypeError(`CronPattern: Syntax error, LW can not be in a list in day-of-month ('${e[3]}').`);
      if (i.some((o) => o === "" || o.toUpperCase() !== "L" && /l/i.test(o))) throw new TypeError("CronPattern: Syntax error, L has to be a value of its own in day-of-month ('" + e[3] + "').");
      e[3] = i.filter((o) => o.toUpperCase() !== "L").join(","), this.lastDayOfMonth = true;
    }
    if (e[3] == "*" && (this.starDOM = true), e[6] == "*" && (this.starYear = true), e[4].length >= 3 && (e[4] = this.replaceAlpha(e[4], s.MONTH_NAMES)), e[5].length >= 3 && (e[5] = this.alternativeWeekdays ? this.replaceAlpha(e[5], s.DAY_NAMES_QUARTZ) : this.replaceAlpha(e[5], s.DAY_NAMES)), e[5].startsWith("+") && (this.useAndLogic = true, e[5] = e[5].substring(1), e[5] === "")) throw new TypeError("CronPattern: Day-of-week field cannot be empty after '+' modifier.");
    switch (e[5] == "*" && (this.starDOW = true), this.mode) {
      case "5-part":
        e[0] = "0", e[6] = "*";
        break;
      case "6-part":
        e[6] = "*";
        break;
      case "5-or-6-parts":
        e[6] = "*";
        break;
      case "6-or-7-parts":
        break;
      case "7-part":
      case "auto":
        break;
    }
    this.throwAtIllegalCharacters(e), this.partToArray("second", e[0], 0, 1), this.partToArray("minute", e[1], 0, 1), this.partToArray("hour", e[2], 0, 1), this.partToArray("day", e[3], -1, 1), this.partToArray("month", e[4], -1, 1);
    let n = this.alternativeWeekdays ? -1 : 0;
    this.partToArray("dayOfWeek", e[5], n, 63), e[6] === "*" ? this.year = Array(1e4).fill(1) : (this.year = Array(1e4).fill(0), this.partToArray("year", e[6], 0, 1)), !this.alternativeWeekdays && this.dayOfWeek[7] && (this.dayOfWeek[0] = this.dayOfWeek[7]);
    let r = this.fixedTimeRule === "single-value", a = (i, o) => !i.includes("*") && !i.includes("/") && (!r || o.filter((u) => u).length === 1);
    this.isFixedTime = a(e[0], this.second) && a(e[1], this.minute) && a(e[2], this.hour);
  }
  partToArray(e, t, n, r) {
    let a = this[e];
    if (t === "" && !(e === "day" && (this.lastDayOfMonth || this.lastWeekday))) throw new TypeError("CronPattern: configuration entry " + e + " (" + t + ") is empty, check for trailing spaces.");
    if (t === "*") return a.fill(r);
    let i = t.split(",");
    if (i.length > 1) for (let o of i) this.partToArray(e, o, n, r);
    else t.includes("-") && t.includes("/") ? this.handleRangeWithStepping(t, e, n, r) : t.includes("-") ? this.handleRange(t, e, n, r) : t.includes("/") ? this.handleStepping(t, e, n, r) : t !== "" && this.handleNumber(t, e, n, r);
  }
  throwAtIllegalCharacters(e) {
    for (let t = 0; t < e.length; t++) if ((t === 3 ? /[^/*0-9,\-WwLl]+/ : t === 5 ? /[^/*0-9,\-#Ll]+/ : /[^/*0-9,\-]+/).test(e[t])) throw new TypeError("CronPattern: configuration entry " + t + " (" + e[t] + ") contains illegal characters.");
  }
  handleNumber(e, t, n, r) {
    let a = this.extractNth(e, t), i = e.toUpperCase().includes("W");
    if (t !== "day" && i) throw new TypeError("CronPattern: Nearest weekday modifier (W) only allowed in day-of-month.");
    i && (t = "nearestWeekdays");
    let o = i ? a[0].replace(/W$/i, "") : a[0], u = s.toNumber(o) + n;
    if (isNaN(u)) throw new TypeError("CronPattern: " + t + " is not a number: '" + e + "'");
    this.setPart(t, u, a[1] || r);
  }
  setPart(e, t, n) {
    if (!Object.prototype.hasOwnProperty.call(this, e)) throw new TypeError("CronPattern: Invalid part specified: " + e);
    if (e === "dayOfWeek") {
      if (t === 7 && (t = 0), t < 0 || t > 6) throw new RangeError("CronPattern: Invalid value for dayOfWeek: " + t);
      this.setNthWeekdayOfMonth(t, n);
      return;
    }
    if (e === "second" || e === "minute") {
      if (t < 0 || t >= 60) throw new RangeError("CronPattern: Invalid value for " + e + ": " + t);
    } else if (e === "hour") {
      if (t < 0 || t >= 24) throw new RangeError("CronPattern: Invalid value for " + e + ": " + t);
    } else if (e === "day" || e === "nearestWeekdays") {
      if (t < 0 || t >= 31) throw new RangeError("CronPattern: Invalid value for " + e + ": " + t);
    } else if (e === "month") {
      if (t < 0 || t >= 12) throw new RangeError("CronPattern: Invalid value for " + e + ": " + t);
    } else if (e === "year" && (t < 1 || t >= 1e4)) throw new RangeError("CronPattern: Invalid value for " + e + ": " + t + " (supported range: 1-9999)");
    this[e][t] = n;
  }
  static toNumber(e) {
    return /^\d+$/.test(e) ? parseInt(e, 10) : NaN;
  }
  validateNotNaN(e, t) {
    if (isNaN(e)) throw new TypeError(t);
  }
  validateRange(e, t, n, r, a) {
    if (e > t) throw new TypeError("CronPattern: From value is larger than to value: '" + a + "'");
    if (n !== void 0) {
      if (n === 0) throw new TypeError("CronPattern: Syntax error, illegal stepping: 0");
      if (n > this[r].length) throw new TypeError("CronPattern: Syntax error, steps cannot be greater than maximum value of part (" + this[r].length + ")");
    }
  }
  handleRangeWithStepping(e, t, n, r) {
    if (e.toUpperCase().includes("W")) throw new TypeError("CronPattern: Syntax error, W is not allowed in ranges with stepping.");
    let a = this.extractNth(e, t), i = a[0].match(/^(\d+)-(\d+)\/(\d+)$/);
    if (i === null) throw new TypeError("CronPattern: Syntax error, illegal range with stepping: '" + e + "'");
    let [, o, u, l] = i, h = parseInt(o, 10) + n, m = parseInt(u, 10) + n, d = parseInt(l, 10);
    this.validateNotNaN(h, "CronPattern: Syntax error, illegal lower range (NaN)"), this.validateNotNaN(m, "CronPattern: Syntax error, illegal upper range (NaN)"), this.validateNotNaN(d, "CronPattern: Syntax error, illegal stepping: (NaN)"), this.validateRange(h, m, d, t, e);
    for (let p = h; p <= m; p += d) this.setPart(t, p, a[1] || r);
  }
  extractNth(e, t) {
    let n = e, r;
    if (n.includes("#")) {
      if (t !== "dayOfWeek") throw new Error("CronPattern: nth (#) only allowed in day-of-week field");
      let a = n.split("#");
      if (a.length !== 2 || a[1] === "") throw new TypeError("CronPattern: Syntax error, illegal nth weekday: '" + e + "'");
      n = a[0], r = a[1];
    } else if (n.toUpperCase().endsWith("L")) {
      if (t !== "dayOfWeek") throw new Error("CronPattern: L modifier only allowed in day-of-week field (use L alone for day-of-month)");
      r = "L", n = n.slice(0, -1);
    }
    return [n, r];
  }
  handleRange(e, t, n, r) {
    if (e.toUpperCase().includes("W")) throw new TypeError("CronPattern: Syntax error, W is not allowed in a range.");
    let a = this.extractNth(e, t), i = a[0].split("-");
    if (i.length !== 2) throw new TypeError("CronPattern: Syntax error, illegal range: '" + e + "'");
    let o = s.toNumber(i[0]) + n, u = s.toNumber(i[1]) + n;
    this.validateNotNaN(o, "CronPattern: Syntax error, illegal lower range (NaN)"), this.validateNotNaN(u, "CronPattern: Syntax error, illegal upper range (NaN)"), this.validateRange(o, u, void 0, t, e);
    for (let l = o; l <= u; l++) this.setPart(t, l, a[1] || r);
  }
  handleStepping(e, t, n, r) {
    if (e.toUpperCase().includes("W")) throw new TypeError("CronPattern: Syntax error, W is not allowed in parts with stepping.");
    let a = this.extractNth(e, t), i = a[0].split("/");
    if (i.length !== 2) throw new TypeError("CronPattern: Syntax error, illegal stepping: '" + e + "'");
    if (this.sloppyRanges) i[0] === "" && (i[0] = "*");
    else {
      if (i[0] === "") throw new TypeError("CronPattern: Syntax error, stepping with missing prefix ('" + e + "') is not allowed. Use wildcard (*/step) or range (min-max/step) instead.");
      if (i[0] !== "*") throw new TypeError("CronPattern: Syntax error, stepping with numeric prefix ('" + e + "') is not allowed. Use wildcard (*/step) or range (min-max/step) instead.");
    }
    let o = 0;
    i[0] !== "*" && (o = s.toNumber(i[0]) + n, this.validateNotNaN(o, "CronPattern: Syntax error, illegal stepping start (NaN)"));
    let u = s.toNumber(i[1]);
    this.validateNotNaN(u, "CronPattern: Syntax error, illegal stepping: (NaN)"), this.validateRange(0, this[t].length - 1, u, t, e);
    for (let l = o; l < this[t].length; l += u) t === "year" && l === 0 || this.setPart(t, l, a[1] || r);
  }
  replaceAlpha(e, t) {
    let n = e;
    for (let [r, a] of Object.entries(t)) n = n.replace(new RegExp(r, "gi"), (i, o, u) => {
      let l = o + i.length - 3, h = u.charAt(l - 1), m = u.charAt(l + 3);
      if (/[a-z\d/#]/i.test(h) || /[a-km-z\d]/i.test(m)) throw new TypeError(`CronPattern: Syntax error, a month or day name has to stand alone ('${e}').`);
      return a;
    });
    return n;
  }
  static DAY_NAMES = { "-sun": "-7", sun: "0", mon: "1", tue: "2", wed: "3", thu: "4", fri: "5", sat: "6" };
  static DAY_NAMES_QUARTZ = { sun: "1", mon: "2", tue: "3", wed: "4", thu: "5", fri: "6", sat: "7" };
  static MONTH_NAMES = { jan: "1", feb: "2", mar: "3", apr: "4", may: "5", jun: "6", jul: "7", aug: "8", sep: "9", oct: "10", nov: "11", dec: "12" };
  static NICKNAME_MAP = { "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * SUN", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *" };
  handleNicknames(e) {
    let t = e.trim().toLowerCase();
    if (t === "@reboot") throw new TypeError("CronPattern: @reboot is not supported in this environment. This is an event-based trigger that requires system startup detection.");
    return s.NICKNAME_MAP[t] || e;
  }
  setNthWeekdayOfMonth(e, t) {
    if (typeof t != "number" && t.toUpperCase() === "L") this.dayOfWeek[e] = this.dayOfWeek[e] | 32;
    else if (t === 63) this.dayOfWeek[e] = 63;
    else if (t < 6 && t > 0) this.dayOfWeek[e] = this.dayOfWeek[e] | x[t - 1];
    else throw new TypeError(`CronPattern: nth weekday out of range, should be 1-5 or L. Value: ${t}, Type: ${typeof t}`);
  }
};
var B = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
var f = [["month", "year", 0], ["day", "month", -1], ["hour", "day", 0], ["minute", "hour", 0], ["second", "minute", 0]];
var c = class s2 {
  tz;
  instantMs;
  instantFields;
  ms;
  second;
  minute;
  hour;
  day;
  month;
  year;
  constructor(e, t) {
    if (this.tz = t, e && e instanceof Date) if (!isNaN(e)) this.fromDate(e);
    else throw new TypeError("CronDate: Invalid date passed to CronDate constructor");
    else if (e == null) this.fromDate(/* @__PURE__ */ new Date());
    else if (e && typeof e == "string") this.fromString(e);
    else if (e instanceof s2) this.fromCronDate(e);
    else throw new TypeError("CronDate: Invalid type (" + typeof e + ") passed to CronDate constructor");
  }
  getLastDayOfMonth(e, t) {
    return t !== 1 ? B[t] : new Date(g(e, t + 1, 0)).getUTCDate();
  }
  getLastWeekday(e, t) {
    let n = this.getLastDayOfMonth(e, t), a = new Date(g(e, t, n)).getUTCDay();
    return a === 0 ? n - 2 : a === 6 ? n - 1 : n;
  }
  getNearestWeekday(e, t, n) {
    let r = this.getLastDayOfMonth(e, t);
    if (n > r) return -1;
    let i = new Date(g(e, t, n)).getUTCDay();
    return i === 0 ? n === r ? n - 2 : n + 1 : i === 6 ? n === 1 ? n + 2 : n - 1 : n;
  }
  isNthWeekdayOfMonth(e, t, n, r) {
    let i = new Date(g(e, t, n)).getUTCDay(), o = 0;
    for (let u = 1; u <= n; u++) new Date(g(e, t, u)).getUTCDay() === i && o++;
    if (r & 63 && x[o - 1] & r) return true;
    if (r & 32) {
      let u = this.getLastDayOfMonth(e, t);
      for (let l = n + 1; l <= u; l++) if (new Date(g(e, t, l)).getUTCDay() === i) return false;
      return true;
    }
    return false;
  }
  fromDate(e) {
    if (this.tz !== void 0) if (typeof this.tz == "number") this.ms = e.getUTCMilliseconds(), this.second = e.getUTCSeconds(), this.minute = e.getUTCMinutes() + this.tz, this.hour = e.getUTCHours(), this.day = e.getUTCDate(), this.month = e.getUTCMonth(), this.year = e.getUTCFullYear(), this.apply();
    else try {
      let t = y(e, this.tz);
      this.ms = e.getMilliseconds(), this.second = t.s, this.minute = t.i, this.hour = t.h, this.day = t.d, this.month = t.m - 1, this.year = t.y, this.cacheInstant(e.getTime() - this.ms);
    } catch (t) {
      let n = t instanceof Error ? t.message : String(t);
      throw new TypeError(`CronDate: Failed to convert date to timezone '${this.tz}'. This may happen with invalid timezone names or dates. Original error: ${n}`);
    }
    else this.ms = e.getMilliseconds(), this.second = e.getSeconds(), this.minute = e.getMinutes(), this.hour = e.getHours(), this.day = e.getDate(), this.month = e.getMonth(), this.year = e.getFullYear(), this.cacheInstant(e.getTime() - this.ms);
  }
  cacheInstant(e) {
    this.instantMs = e;
    let { year: t, month: n, day: r, hour: a, minute: i, second: o } = this;
    this.instantFields = [t, n, r, a, i, o, this.tz];
  }
  cachedInstant() {
    let e = this.instantFields;
    if (!(e === void 0 || e[6] !== this.tz) && !(e[5] !== this.second || e[4] !== this.minute || e[3] !== this.hour) && !(e[2] !== this.day || e[1] !== this.month || e[0] !== this.year)) return this.instantMs;
  }
  fromCronDate(e) {
    this.tz = e.tz, this.year = e.year, this.month = e.month, this.day = e.day, this.hour = e.hour, this.minute = e.minute, this.second = e.second, this.ms = e.ms, this.instantMs = e.instantMs, this.instantFields = e.instantFields;
  }
  apply() {
    if (this.month > 11 || this.month < 0 || this.day > this.getLastDayOfMonth(this.year, this.month) || this.day < 1 || this.hour > 23 || this.minute > 59 || this.second > 59 || this.hour < 0 || this.minute < 0 || this.second < 0) {
      let e = /* @__PURE__ */ new Date(0);
      return e.setUTCFullYear(this.year, this.month, this.day), e.setUTCHours(this.hour, this.minute, this.second, this.ms), this.ms = e.getUTCMilliseconds(), this.second = e.getUTCSeconds(), this.minute = e.getUTCMinutes(), this.hour = e.getUTCHours(), this.day = e.getUTCDate(), this.month = e.getUTCMonth(), this.year = e.getUTCFullYear(), true;
    } else return false;
  }
  fromString(e) {
    if (typeof this.tz == "number") {
      if (O(e)) return this.fromDate(v(e));
      let t = v(e, "Etc/UTC");
      this.ms = t.getUTCMilliseconds(), this.second = t.getUTCSeconds(), this.minute = t.getUTCMinutes(), this.hour = t.getUTCHours(), this.day = t.getUTCDate(), this.month = t.getUTCMonth(), this.year = t.getUTCFullYear(), this.apply();
    } else return this.fromDate(v(e, this.tz));
  }
  findNext(e, t, n, r) {
    return this._findMatch(e, t, n, r, 1);
  }
  _matchDayValue(e, t, n, r) {
    let a = e;
    if (!a) {
      for (let i = 0; i < n.nearestWeekdays.length; i++) if (n.nearestWeekdays[i]) {
        let o = this.getNearestWeekday(this.year, this.month, i + 1);
        if (o !== -1 && o === t) {
          a = 1;
          break;
        }
      }
    }
    if (n.lastWeekday) {
      let i = this.getLastWeekday(this.year, this.month);
      t === i && (a = 1);
    }
    if (n.lastDayOfMonth) {
      let i = this.getLastDayOfMonth(this.year, this.month);
      t === i && (a = 1);
    }
    if (!n.starDOW) {
      let i = new Date(g(this.year, this.month, 1, 0, 0, 0, 0)).getUTCDay(), o = n.dayOfWeek[(i + (t - 1)) % 7];
      o && o & 63 && (o = this.isNthWeekdayOfMonth(this.year, this.month, t, o) ? 1 : 0), n.useAndLogic ? a = a && o : !r.domAndDow && !n.starDOM ? a = a || o : a = a && o;
    }
    return a;
  }
  _findMatch(e, t, n, r, a) {
    let i = this[t], o = t === "day" ? this.getLastDayOfMonth(this.year, this.month) : 0, u = this[t] + r, l = a === 1 ? (h) => h < n[t].length : (h) => h >= 0;
    for (let h = u; l(h); h += a) {
      let m = n[t][h];
      if (t === "day") {
        if (h - r > o) continue;
        m = this._matchDayValue(m, h - r, n, e);
      }
      if (m) return this[t] = h - r, i !== this[t] ? 2 : 1;
    }
    return 3;
  }
  recurse(e, t, n) {
    let r = this.year, a = n;
    for (; typeof a == "number"; ) {
      if (e.starYear && Math.abs(this.year - r) > 400) return null;
      a = this.recurseStep(e, t, a);
    }
    return a;
  }
  recurseStep(e, t, n) {
    if (n === 0 && !e.starYear) {
      if (this.year >= 0 && this.year < e.year.length && e.year[this.year] === 0) {
        let a = -1;
        for (let i = this.year + 1; i < e.year.length && i < 1e4; i++) if (e.year[i] === 1) {
          a = i;
          break;
        }
        if (a === -1) return null;
        this.year = a, this.month = 0, this.day = 1, this.hour = 0, this.minute = 0, this.second = 0, this.ms = 0;
      }
      if (this.year >= 1e4) return null;
    }
    let r = this.findNext(t, f[n][0], e, f[n][2]);
    if (r > 1) {
      let a = n + 1;
      for (; a < f.length; ) this[f[a][0]] = -f[a][2], a++;
      if (r === 3) {
        if (this[f[n][1]]++, this[f[n][0]] = -f[n][2], this.apply(), n === 0 && !e.starYear) {
          for (; this.year >= 0 && this.year < e.year.length && e.year[this.year] === 0 && this.year < 1e4; ) this.year++;
          if (this.year >= 1e4 || this.year >= e.year.length) return null;
        }
        return 0;
      } else if (this.apply()) return n - 1;
    }
    return n += 1, n >= f.length ? this : (e.starYear ? this.year >= 3e3 : this.year >= 1e4) ? null : n;
  }
  increment(e, t, n) {
    return this.instantMs = void 0, this.instantFields = void 0, this.second += t.interval !== void 0 && t.interval > 1 && n ? t.interval : 1, this.ms = 0, this.apply(), this.recurse(e, t, 0);
  }
  decrement(e, t, n = true) {
    this.instantMs = void 0, this.instantFields = void 0;
    let r = t.interval !== void 0 && t.interval >= 1;
    return (this.ms === 0 || r) && (this.second -= r && n ? t.interval : 1), this.ms = 0, this.apply(), this.year < 1 ? null : this.recurseBackward(e, t, 0);
  }
  recurseBackward(e, t, n) {
    let r = this.year, a = n;
    for (; typeof a == "number"; ) {
      if (e.starYear && Math.abs(this.year - r) > 400) return null;
      a = this.recurseBackwardStep(e, t, a);
    }
    return a;
  }
  recurseBackwardStep(e, t, n) {
    if (n === 0 && !e.starYear) {
      if (this.year >= 0 && this.year < e.year.length && e.year[this.year] === 0) {
        let a = -1;
        for (let i = this.year - 1; i >= 0; i--) if (e.year[i] === 1) {
          a = i;
          break;
        }
        if (a === -1) return null;
        this.year = a, this.month = 11, this.day = 31, this.hour = 23, this.minute = 59, this.second = 59, this.ms = 0;
      }
      if (this.year < 1) return null;
    }
    let r = this.findPrevious(t, f[n][0], e, f[n][2]);
    if (r > 1) {
      let a = n + 1;
      for (; a < f.length; ) {
        let i = f[a][0], o = f[a][2], u = this.getMaxPatternValue(i, e, o);
        this[i] = u, a++;
      }
      if (r === 3) {
        if (this[f[n][1]]--, n === 0) {
          let u = this.getLastDayOfMonth(this.year, this.month);
          this.day > u && (this.day = u);
        }
        if (n === 1) if (this.day <= 0) this.day = 1;
        else {
          let u = this.year, l = this.month;
          for (; l < 0; ) l += 12, u--;
          for (; l > 11; ) l -= 12, u++;
          let h = this.getLastDayOfMonth(u, l);
          this.day > h && (this.day = h);
        }
        this.apply();
        let i = f[n][0], o = f[n][2];
        if (this[i] = this.getMaxPatternValue(i, e, o), this.apply(), n === 0) {
          let u = f[1][2], l = this.getMaxPatternValue("day", e, u);
          l !== this.day && (this.day = l, this.hour = this.getMaxPatternValue("hour", e, f[2][2]), this.minute = this.getMaxPatternValue("minute", e, f[3][2]), this.second = this.getMaxPatternValue("second", e, f[4][2]));
        }
        if (n === 0 && !e.starYear) {
          for (; this.year >= 0 && this.year < e.year.length && e.year[this.year] === 0; ) this.year--;
          if (this.year < 1) return null;
        }
        return 0;
      } else if (this.apply()) return n - 1;
    }
    return n += 1, n >= f.length ? this : this.year < 1 ? null : n;
  }
  getMaxPatternValue(e, t, n) {
    let r = t[e].length - 1 - n;
    for (let a = t[e].length - 1; a >= 0; a--) if (t[e][a]) {
      r = a - n;
      break;
    }
    if (e === "day") {
      let a = this.getLastDayOfMonth(this.year, this.month);
      return t.lastWeekday || t.nearestWeekdays.some((i) => i) || t.lastDayOfMonth || !t.starDOW ? a : Math.min(r, a);
    }
    return r;
  }
  findPrevious(e, t, n, r) {
    return this._findMatch(e, t, n, r, -1);
  }
  getDate(e) {
    if (!e && typeof this.tz != "number") {
      let t = this.cachedInstant();
      if (t !== void 0) return new Date(t + (this.tz === void 0 ? this.ms : 0));
    }
    if (e || this.tz === void 0) {
      if (this.year >= 0 && this.year < 100) {
        let t = /* @__PURE__ */ new Date(0);
        return t.setFullYear(this.year, this.month, this.day), t.setHours(this.hour, this.minute, this.second, this.ms), t;
      }
      return new Date(this.year, this.month, this.day, this.hour, this.minute, this.second, this.ms);
    } else return typeof this.tz == "number" ? new Date(g(this.year, this.month, this.day, this.hour, this.minute - this.tz, this.second, this.ms)) : N(T(this.year, this.month + 1, this.day, this.hour, this.minute, this.second, this.tz), false);
  }
  getTime() {
    return this.getDate(false).getTime();
  }
  match(e, t) {
    if (!e.starYear && (this.year < 0 || this.year >= e.year.length || e.year[this.year] === 0)) return false;
    for (let n = 0; n < f.length; n++) {
      let r = f[n][0], a = f[n][2], i = this[r];
      if (i + a < 0 || i + a >= e[r].length) return false;
      let o = e[r][i + a];
      if (r === "day" && (o = this._matchDayValue(o, i, e, t)), !o) return false;
    }
    return true;
  }
};
function F(s3) {
  s3 === void 0 && (s3 = {}), delete s3.name, s3.legacyMode !== void 0 && s3.domAndDow === void 0 ? s3.domAndDow = !s3.legacyMode : s3.domAndDow === void 0 && (s3.domAndDow = false), s3.legacyMode = !s3.domAndDow;
  let e = (n, r) => n === void 0 ? r : n;
  if (s3.paused = e(s3.paused, false), s3.maxRuns = e(s3.maxRuns, 1 / 0), s3.catch = e(s3.catch, false), s3.unref = e(s3.unref, false), s3.mode = e(s3.mode, "auto"), s3.alternativeWeekdays = e(s3.alternativeWeekdays, false), s3.sloppyRanges = e(s3.sloppyRanges, false), s3.fixedTimeRule = e(s3.fixedTimeRule, "single-value"), s3.allowPast = e(s3.allowPast, false), s3.interval = s3.interval === void 0 ? 0 : parseInt(s3.interval.toString(), 10), s3.utcOffset = s3.utcOffset === void 0 ? void 0 : parseInt(s3.utcOffset.toString(), 10), s3.dayOffset = s3.dayOffset === void 0 ? 0 : parseInt(s3.dayOffset.toString(), 10), !["auto", "5-part", "6-part", "7-part", "5-or-6-parts", "6-or-7-parts"].includes(s3.mode)) throw new Error("CronOptions: mode must be one of 'auto', '5-part', '6-part', '7-part', '5-or-6-parts', or '6-or-7-parts'.");
  if (!["single-value", "no-wildcard"].includes(s3.fixedTimeRule)) throw new Error("CronOptions: fixedTimeRule must be one of 'single-value' or 'no-wildcard'.");
  s3.timezone === "" && (s3.timezone = void 0);
  let t = s3.timezone ?? s3.utcOffset;
  if (s3.startAt && (s3.startAt = I(new c(s3.startAt, t))), s3.stopAt && (s3.stopAt = I(new c(s3.stopAt, t))), s3.interval !== null) {
    if (isNaN(s3.interval)) throw new Error("CronOptions: Supplied value for interval is not a number");
    if (s3.interval < 0) throw new Error("CronOptions: Supplied value for interval can not be negative");
  }
  if (s3.utcOffset !== void 0) {
    if (isNaN(s3.utcOffset)) throw new Error("CronOptions: Invalid value passed for utcOffset, should be number representing minutes offset from UTC.");
    if (s3.utcOffset < -870 || s3.utcOffset > 870) throw new Error("CronOptions: utcOffset out of bounds.");
    if (s3.utcOffset !== void 0 && s3.timezone) throw new Error("CronOptions: Combining 'utcOffset' with 'timezone' is not allowed.");
  }
  if (s3.unref !== true && s3.unref !== false) throw new Error("CronOptions: Unref should be either true, false or undefined(false).");
  if (s3.dayOffset !== void 0 && s3.dayOffset !== 0 && isNaN(s3.dayOffset)) throw new Error("CronOptions: Invalid value passed for dayOffset, should be a number representing days to offset.");
  return s3;
}
function I(s3) {
  return s3.ms ? (s3.ms = 0, new c(new Date(s3.getTime() + 1e3), s3.tz)) : s3;
}
function b(s3) {
  return typeof s3 == "function";
}
function L(s3) {
  return b(s3);
}
function Y(s3) {
  typeof Deno < "u" && typeof Deno.unrefTimer < "u" ? Deno.unrefTimer(s3) : s3 && typeof s3.unref < "u" && s3.unref();
}
var P = 1440 * 60 * 1e3;
var $ = 30 * 1e3;
var M = [];
var j = class {
  name;
  options;
  _states;
  fn;
  _startAtRoundingMs = 0;
  getTz() {
    return this.options.timezone ?? this.options.utcOffset;
  }
  applyDayOffset(e) {
    let t = this._offsetMs();
    return t ? new Date(e.getTime() + t) : e;
  }
  _offsetMs() {
    return (this.options.dayOffset ?? 0) * P;
  }
  get _startAt() {
    return this.options.startAt;
  }
  get _stopAt() {
    return this.options.stopAt;
  }
  _nextTarget(e, t) {
    let n = this._offsetMs(), r = this._next(this._shift(e), new Date(t.getTime() - n), { startAt: this._shift(this._startAt), stopAt: this._shift(this._stopAt) });
    return r ? this.applyDayOffset(r.getDate(false)) : null;
  }
  _previousTarget(e, t) {
    let n = this._toMs(e ?? t) - this._offsetMs(), r = this._previous(new Date(n), { startAt: this._shift(this._startAt), stopAt: this._shift(this._stopAt) });
    return r ? this.applyDayOffset(r.getDate(false)) : null;
  }
  _shift(e) {
    if (e != null) return new c(new Date(this._toMs(e) - this._offsetMs()), this.getTz());
  }
  constructor(e, t, n) {
    let r, a;
    if (b(t)) a = t;
    else if (typeof t == "object") r = t;
    else if (t !== void 0) throw new Error("Cron: Invalid argument passed for optionsIn. Should be one of function, or object (options).");
    if (b(n)) a = n;
    else if (typeof n == "object") r = n;
    else if (n !== void 0) throw new Error("Cron: Invalid argument passed for funcIn. Should be one of function, or object (options).");
    this.name = r?.name;
    let i = r?.startAt;
    this.options = F(r), i && this._startAt && (this._startAtRoundingMs = this._startAt.getTime() - new c(i, this.getTz()).getTime());
    let o = !!e && (e instanceof Date || typeof e == "string" && e.indexOf(":") > 0);
    if (this._states = { kill: false, blocking: false, previousRun: void 0, currentRun: void 0, once: void 0, currentTimeout: void 0, maxRuns: r ? r.maxRuns : void 0, paused: r ? r.paused : false, pattern: o ? new C("* * * * *", void 0, { mode: "auto" }) : new C(e, this.options.timezone, { mode: this.options.mode, alternativeWeekdays: this.options.alternativeWeekdays, sloppyRanges: this.options.sloppyRanges, fixedTimeRule: this.options.fixedTimeRule }) }, o && (this._states.once = new c(e, this.getTz())), this.name) {
      if (M.find((l) => l.name === this.name)) throw new Error("Cron: Tried to initialize new named job '" + this.name + "', but name already taken.");
      M.push(this);
    }
    return a !== void 0 && L(a) && (this.fn = a, this.schedule()), this;
  }
  nextRun(e) {
    return this._nextTarget(e, /* @__PURE__ */ new Date());
  }
  nextRuns(e, t) {
    this._states.maxRuns !== void 0 && e > this._states.maxRuns && (e = this._states.maxRuns);
    let n = t || this._states.currentRun || void 0;
    return this._enumerateRuns(e, n, "next");
  }
  previousRuns(e, t) {
    return this._enumerateRuns(e, t || void 0, "previous");
  }
  enumerate(e) {
    return new A(this, e);
  }
  _enumerateRuns(e, t, n) {
    let r = [], a = /* @__PURE__ */ new Date(), i = t;
    for (; e-- > 0; ) {
      let o = n === "next" ? this._nextTarget(i, a) : this._previousTarget(i, a);
      if (!o) break;
      r.push(o), i = o;
    }
    return r;
  }
  match(e) {
    if (this._states.once) {
      let n = new c(e, this.getTz());
      n.ms = 0;
      let r = new c(this._states.once, this.getTz());
      return r.ms = 0, n.getTime() === r.getTime();
    }
    let t = new c(e, this.getTz());
    return t.ms = 0, t.match(this._states.pattern, this.options);
  }
  getPattern() {
    if (!this._states.once) return this._states.pattern ? this._states.pattern.pattern : void 0;
  }
  getOnce() {
    return this._states.once ? this._states.once.getDate() : null;
  }
  isRunning() {
    return !this._states.paused && !this._states.kill && this.fn !== void 0 && this._nextTarget(this._states.currentRun, /* @__PURE__ */ new Date()) !== null;
  }
  isStopped() {
    return this._states.kill;
  }
  isBusy() {
    return this._states.blocking;
  }
  currentRun() {
    return this._states.currentRun ? this._states.currentRun.getDate() : null;
  }
  previousRun() {
    return this._states.previousRun ? this._states.previousRun.getDate() : null;
  }
  msToNext(e) {
    let t = /* @__PURE__ */ new Date(), n = this._nextTarget(e, t);
    return n ? n.getTime() - this._toMs(e ?? t) : null;
  }
  stop() {
    this._states.kill = true, this._states.currentTimeout && clearTimeout(this._states.currentTimeout);
    let e = M.indexOf(this);
    e >= 0 && M.splice(e, 1);
  }
  pause() {
    return this._states.paused = true, !this._states.kill;
  }
  resume() {
    return this._states.paused = false, !this._states.kill;
  }
  schedule(e) {
    return this._schedule(e);
  }
  _schedule(e, t) {
    if (e && this.fn) throw new Error("Cron: It is not allowed to schedule two functions using the same Croner instance.");
    e && (this.fn = e);
    let n = t ?? /* @__PURE__ */ new Date(), r = this._nextTarget(void 0, n), a = r ? r.getTime() - n.getTime() : null, i = this._states.currentRun;
    i && i.getTime() > n.getTime() && (i = void 0);
    let o = this._nextTarget(i, n);
    return a === null || isNaN(a) || o === null ? this : (a > $ && (a = $), a < 0 && (a = this._states.paused ? 1e3 : 0), this._states.currentTimeout = setTimeout(() => this._checkTrigger(o), a), this._states.currentTimeout && this.options.unref && Y(this._states.currentTimeout), this);
  }
  async _trigger(e = /* @__PURE__ */ new Date()) {
    this._states.blocking = true, this._states.currentRun = new c(e, this.getTz());
    try {
      if (this.options.catch) try {
        this.fn !== void 0 && await this.fn(this, this.options.context);
      } catch (t) {
        if (b(this.options.catch)) try {
          Promise.resolve(this.options.catch(t, this)).catch(() => {
          });
        } catch {
        }
      }
      else this.fn !== void 0 && await this.fn(this, this.options.context);
    } finally {
      this._states.previousRun = new c(e, this.getTz()), this._states.blocking = false;
    }
  }
  async trigger() {
    await this._trigger();
  }
  runsLeft() {
    return this._states.maxRuns;
  }
  _checkTrigger(e) {
    let t = /* @__PURE__ */ new Date(), n = !this._states.paused && t.getTime() >= e.getTime(), r = this._states.blocking && this.options.protect;
    n && !r ? (this._states.maxRuns !== void 0 && this._states.maxRuns--, this._trigger(t)) : n && r && b(this.options.protect) && setTimeout(() => this.options.protect(this), 0), this._schedule(void 0, n ? void 0 : t);
  }
  _next(e, t, n) {
    let r = n ? n.startAt : this._startAt, a = n ? n.stopAt : this._stopAt, i = !!e, o = !!(e || this._states.currentRun), u = false;
    !e && r && this.options.interval && (e = this._calculatePreviousRun(r, t), e && (o = true), u = !e);
    let l = e ?? t ?? /* @__PURE__ */ new Date(), h = this._toMs(l);
    e = new c(l, this.getTz()), r && h < r.getTime() && (e = u ? r : new c(new Date(r.getTime() - 1e3), this.getTz()), h = e.getTime());
    let m = this._states.once || new c(e, this.getTz());
    if (!u && m !== this._states.once && (m = this._findOccurrence(e, h, 1, o)), this._states.once) {
      let d = this._states.once.getTime(), p = h - d;
      if (r && d < r.getTime() - this._startAtRoundingMs || this._states.currentRun && this.applyDayOffset(this._states.once.getDate()).getTime() <= this._states.currentRun.getTime() || (i ? p >= 0 : p > 1e3 && !this.options.allowPast)) return null;
    }
    return m === null || this._states.maxRuns !== void 0 && this._states.maxRuns <= 0 || this._states.kill || a && m.getTime() >= a.getTime() ? null : m;
  }
  _previous(e, t) {
    let n = this._toMs(e ?? /* @__PURE__ */ new Date());
    if (t.stopAt && n > t.stopAt.getTime() && (n = t.stopAt.getTime()), this._states.once) return this._states.once.getTime() < n ? this._states.once : null;
    let r = this._findOccurrence(new c(new Date(n), this.getTz()), n, -1);
    return r === null || t.startAt && r.getTime() < t.startAt.getTime() ? null : r;
  }
  _toMs(e) {
    if (e instanceof Date) return e.getTime();
    let t = new c(e, this.getTz());
    return t.getTime() + (typeof t.tz == "string" ? t.ms : 0);
  }
  _findOccurrence(e, t, n, r = false) {
    let a = this.options.interval ?? 0;
    if (a > 1 && (n === -1 || r)) {
      t += (a - 1) * 1e3 * n;
      let m = new Date(t);
      if (isNaN(m.getTime()) || (e = new c(m, this.getTz()), !(e.year >= 1 && e.year <= 9999))) return null;
      r = false;
    }
    let i = this._walk(e, t, n, r), o = this.getTz();
    if (this._states.pattern.isFixedTime && n === 1 || typeof o == "number" || U(t, o) !== (n === 1 ? "earlier" : "later")) return i;
    let u = Math.floor(t / 1e3) * 1e3, l = n === 1 ? k(u, u + P, o) : k(u - P, u, o) - 1e3;
    if (i && (l - i.getTime()) * n > 0) return i;
    let h = this._walk(new c(new Date(l), o), l - n, n, false, true);
    return !i || !h ? i ?? h : (i.getTime() - h.getTime()) * n > 0 ? h : i;
  }
  _walk(e, t, n, r, a = false) {
    let i = this._states.pattern, o = (l, h) => n === 1 ? l.increment(i, this.options, h) : l.decrement(i, this.options, h), u = new c(e, this.getTz());
    for ((!a || !u.match(i, this.options)) && (u = o(u, r)); u; ) {
      let l = this._runAt(u, t, n);
      if (l) return new c(l, this.getTz());
      u = o(u, false);
    }
    return null;
  }
  _runAt(e, t, n) {
    let r = (d) => (d.getTime() - t) * n > 0, a = e.tz;
    if (typeof a == "number") {
      let d = e.getDate();
      return r(d) ? d : null;
    }
    let i = T(e.year, e.month + 1, e.day, e.hour, e.minute, e.second, a), o = _(i), u = this._states.pattern.isFixedTime;
    if (o.kind === "single") return r(o.date) ? o.date : null;
    if (o.kind === "ambiguous") {
      let { earlier: d, later: p } = o;
      return (u ? [d] : n === 1 ? [d, p] : [p, d]).find(r) ?? null;
    }
    if (!u) return null;
    let l = new Date(k(o.before.getTime(), o.after.getTime(), a)), h = y(l, a);
    return h.y === i.y && h.m === i.m && h.d === i.d && r(l) ? l : null;
  }
  _calculatePreviousRun(e, t) {
    let n = new c(t, this.getTz()).getTime();
    if (e.getTime() > n) return;
    let r = this.options.interval * 1e3, a = e;
    for (; a.getTime() + r <= n; ) {
      let i = this._findOccurrence(a, a.getTime(), 1, true);
      if (i === null) break;
      a = i;
    }
    return a;
  }
};
var A = class {
  cron;
  cursor;
  now;
  done;
  initialMaxRuns;
  remainingRuns;
  constructor(e, t) {
    this.cron = e, this.initialMaxRuns = e.runsLeft() ?? 1 / 0, this.reset(t);
  }
  next() {
    if (this.done || this.remainingRuns <= 0) return this.done = true, { value: void 0, done: true };
    let e = this.cron._nextTarget(this.cursor, this.now);
    return e === null ? (this.done = true, { value: void 0, done: true }) : (this.cursor = e, this.remainingRuns--, { value: e, done: false });
  }
  peek() {
    return this.done || this.remainingRuns <= 0 ? null : this.cron._nextTarget(this.cursor, this.now);
  }
  reset(e) {
    this.cursor = e instanceof Date ? new Date(e.getTime()) : e ?? void 0, this.now = /* @__PURE__ */ new Date(), this.done = false, this.remainingRuns = this.initialMaxRuns;
  }
  [Symbol.iterator]() {
    return this;
  }
};

// components/lib/sleep-hours.ts
function lastTurn(hours, now) {
  return turns(hours, (cron) => cron.previousRuns(1, new Date(now.getTime() + 1e3))[0]).at(-1);
}
function nextTurn(hours, to, now) {
  return cronOf(to === "asleep" ? hours.at : hours.wakeAt, hours.timeZone).nextRun(now) ?? void 0;
}
function sleepsAt(hours, time) {
  return lastTurn(hours, time)?.to === "asleep";
}
function turns(hours, of) {
  const found = ["asleep", "awake"].flatMap((to) => {
    const at = of(cronOf(to === "asleep" ? hours.at : hours.wakeAt, hours.timeZone));
    return at ? [{ to, at }] : [];
  });
  return found.sort((a, b2) => a.at.getTime() - b2.at.getTime());
}
function cronOf(schedule2, timezone) {
  const ends = [59, 23, 31, 12, 6];
  const fields = schedule2.trim().split(/\s+/);
  const pattern = schedule2.startsWith("@") ? schedule2.replace("@midnight", "@daily").replace("@annually", "@yearly") : fields.map(
    (field, index) => field.replaceAll("?", "*").replaceAll(/(^|,)(\w+)\//g, `$1$2-${ends[index] ?? ""}/`)
  ).join(" ");
  return new j(pattern, { timezone });
}

// components/lib/environment-marker.ts
var ENVIRONMENT_MARKER = "slipway";
var ASLEEP = "slipway/asleep-since";
var PLAN = "slipway/sleep-plan";
var HELD = "slipway/awake-until";

// tools/lib/stack/history.ts
function nameOf({ shared: shared2, instance: instance2 }) {
  return shared2 ? `${instance2}-history` : "slipway-history";
}
var LIMIT = 100;
var historyOf = (environment) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: nameOf(environment),
    namespace: environment.namespace,
    labels: { "app.kubernetes.io/part-of": "slipway" }
  }
});
async function readRecords(environment) {
  const found = await environment.objects.read(historyOf(environment));
  const data = found?.data ?? {};
  return Object.keys(data).sort().map((key) => JSON.parse(data[key] ?? ""));
}
async function addRecord(environment, entry) {
  const { objects } = environment;
  const whole = { at: (/* @__PURE__ */ new Date()).toISOString(), ...entry };
  const before = await readRecords(environment);
  const history = historyOf(environment);
  if (before.length === 0) await objects.create(history);
  const old = before.slice(0, Math.max(0, before.length + 1 - LIMIT));
  const data = {
    ...Object.fromEntries(old.map(({ at }) => [keyOf(at), null])),
    [keyOf(whole.at)]: JSON.stringify(whole)
  };
  await objects.merge(history, { data });
  return whole;
}
function keyOf(at) {
  return at.replaceAll(":", "-");
}

// tools/lib/stack/own-fields.ts
async function applyOwn({ objects }, fields, manager = "slipway-sleep") {
  const { annotations, metadata, ...rest } = fields;
  const own = Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata;
  await objects.apply({ ...rest, metadata: own }, manager);
}

// tools/lib/stack/sleep-environment.ts
import { setTimeout as pause } from "node:timers/promises";

// components/lib/labels.ts
function instanceLabel(instance2) {
  return { "app.kubernetes.io/instance": instance2 };
}
function labelPairs(of) {
  return Object.entries(of).map((pair) => pair.join("="));
}

// tools/lib/stack/environment.ts
function markedObject({ namespace: namespace3, shared: shared2 }) {
  return shared2 ? {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: ENVIRONMENT_MARKER, namespace: namespace3 }
  } : { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace3 } };
}
function ownLabels({ shared: shared2, instance: instance2 }) {
  return shared2 ? labelPairs(instanceLabel(instance2)) : [];
}

// tools/lib/stack/sleep-mark.ts
async function asleepSince(environment) {
  const marks = await marksOf(environment);
  return marks.flatMap(({ metadata }) => metadata.annotations?.[ASLEEP] ?? [])[0];
}
async function markAsleep(environment, since) {
  const marks = await marksOf(environment);
  const marked = marks.filter(({ metadata }) => metadata.annotations?.[ASLEEP] !== void 0);
  const objects = since === null ? marked : marks.slice(0, 1);
  const annotations = since === null ? {} : { [ASLEEP]: since };
  for (const { kind, metadata } of objects) {
    const { name, namespace: namespace3 } = metadata;
    const object2 = { name, ...kind === "Namespace" ? {} : { namespace: namespace3 } };
    await applyOwn(environment, { apiVersion: "v1", kind, metadata: object2, annotations });
  }
}
function scheduleObject({ namespace: namespace3 }) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: SLEEP_SCHEDULE, namespace: namespace3 }
  };
}
async function marksOf(environment) {
  const { objects } = environment;
  const read = async (place2) => {
    const found = await objects.read(place2);
    return found ? [{ ...found, kind: place2.kind }] : [];
  };
  return (await Promise.all([read(scheduleObject(environment)), read(markedObject(environment))])).flat();
}

// components/lib/network.ts
var DNS = {
  openshift: [
    {
      ...namespace("openshift-dns"),
      podSelector: { matchLabels: { "dns.operator.openshift.io/daemonset-dns": "default" } }
    }
  ],
  kubernetes: [
    {
      ...namespace("kube-system"),
      podSelector: {
        matchExpressions: [
          { key: "k8s-app", operator: "In", values: ["kube-dns", "node-local-dns"] }
        ]
      }
    },
    { ipBlock: { cidr: "169.254.20.10/32" } },
    { ipBlock: { cidr: "169.254.169.254/32" } }
  ]
};
function namespace(name) {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}
function reachedBy(labels) {
  return Object.keys(labels).filter((label2) => label2.startsWith(ACCESS_LABEL)).map((label2) => label2.slice(ACCESS_LABEL.length));
}

// components/lib/stages.ts
function stagesOf(workloads, stagedOf) {
  const all = workloads.map(stagedOf);
  const stageOf = (name, seen) => {
    const clients = all.filter(
      (other) => !seen.includes(other.name) && reachedBy(other.podLabels).includes(name)
    );
    const stages2 = clients.map((client) => stageOf(client.name, [...seen, client.name]) + 1);
    return Math.max(0, ...stages2);
  };
  const stages = [];
  for (const workload of workloads) {
    const { name } = stagedOf(workload);
    const stage = stageOf(name, [name]);
    while (stages.length <= stage) stages.push([]);
    stages[stage]?.push(workload);
  }
  return stages;
}

// tools/lib/stack/workloads.ts
function label({ kind, metadata }) {
  return `${kind} ${metadata.name}`;
}
async function listWorkloads(environment, ...kinds) {
  const own = ownLabels(environment);
  const lists = kinds.map((kind) => environment.objects.list(kind, own));
  return (await Promise.all(lists)).flat();
}
function sleepStages(workloads) {
  return stagesOf(workloads, ({ metadata: { name }, spec }) => ({
    name,
    podLabels: spec.template?.metadata?.labels ?? {}
  }));
}
async function setOwn(environment, { apiVersion, kind, metadata: { name } }, { annotations, spec }) {
  const metadata = { name, namespace: environment.namespace };
  await applyOwn(environment, {
    apiVersion,
    kind,
    metadata,
    annotations,
    ...spec ? { spec } : {}
  });
}
function isReady({ kind, metadata, spec, status = {} }) {
  if (kind === "Cluster") {
    const wanted2 = metadata.annotations?.[HIBERNATION] === "on" ? 0 : spec.instances ?? 1;
    return (status.readyInstances ?? 0) >= wanted2;
  }
  const wanted = spec.replicas ?? 1;
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return seen && (status.updatedReplicas ?? 0) >= wanted && (status.readyReplicas ?? 0) >= wanted;
}

// tools/lib/stack/sleep-environment.ts
var REPLICAS = "slipway/replicas-awake";
var SUSPENDED = "slipway/suspended-by-sleep";
var PATIENCE2 = 180;
async function sleepEnvironment(environment, force) {
  const jobs = await jobsToSuspend(environment, force);
  const since = await asleepSince(environment);
  if (since === void 0) await markAsleep(environment, (/* @__PURE__ */ new Date()).toISOString());
  await suspend(environment, jobs);
  let changed = jobs.length > 0 || since === void 0;
  const workloads = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
  for (const stage of sleepStages(workloads.filter(mayRest))) {
    const awake = stage.filter(isAwake);
    for (const workload of awake) await scaleToNothing(environment, workload);
    changed ||= awake.length > 0;
    await untilPodsAreGone(environment, stage);
  }
  return changed;
}
async function jobsToSuspend(environment, force) {
  const cronJobs = await listWorkloads(environment, "CronJob");
  const jobs = await runningJobs(environment);
  if (jobs.length > 0 && !force) {
    const names = jobs.map(({ metadata }) => metadata.name).join(", ");
    throw new Failure(
      `at work in ${environment.namespace}: ${names}; wait for it, or let it begin anew after waking with --force`
    );
  }
  return [...cronJobs, ...jobs].filter(({ spec }) => spec.suspend !== true);
}
async function suspend(environment, workloads) {
  for (const workload of workloads) {
    const annotations = { [SUSPENDED]: "true" };
    await setOwn(environment, workload, { annotations, spec: { suspend: true } });
    tell(`${label(workload)}: suspended`);
  }
}
async function runningJobs(environment) {
  const jobs = await listWorkloads(environment, "Job");
  return jobs.filter(({ status, spec }) => (status?.active ?? 0) > 0 && spec.suspend !== true);
}
function mayRest({ metadata }) {
  return ![SLEEP_SCHEDULE, LOGIN].includes(metadata.labels?.["app.kubernetes.io/component"] ?? "");
}
function isAwake({ kind, metadata, spec }) {
  if (kind === "Cluster") return metadata.annotations?.[HIBERNATION] !== "on";
  return (spec.replicas ?? 1) > 0;
}
async function scaleToNothing(environment, workload) {
  if (workload.kind === "Cluster") {
    await setOwn(environment, workload, { annotations: { [HIBERNATION]: "on", [REPLICAS]: "1" } });
  } else {
    const replicas = workload.spec.replicas ?? 1;
    const annotations = { [REPLICAS]: String(replicas) };
    await setOwn(environment, workload, { annotations, spec: { replicas: 0 } });
  }
  tell(`${label(workload)}: asleep`);
}
async function untilPodsAreGone(environment, stage) {
  const names = stage.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] ?? "");
  const clusters = stage.filter(({ kind }) => kind === "Cluster");
  const selectors = [
    `app.kubernetes.io/name in (${names.filter(Boolean).join(",")})`,
    `cnpg.io/cluster in (${clusters.map(({ metadata }) => metadata.name).join(",")})`
  ].filter((selector) => !selector.endsWith("()"));
  const deadline = Date.now() + PATIENCE2 * 1e3;
  for (; ; ) {
    const left = (await Promise.all(selectors.map((one) => livingPods(environment, one)))).flat();
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      const names2 = left.join(", ");
      throw new Failure(
        `after ${PATIENCE2} s these pods have not ended: ${names2}; run the command again`
      );
    }
    await pause(500);
  }
}
async function livingPods(environment, selector) {
  const all = [...ownLabels(environment), selector];
  return (await environment.objects.list("Pod", all)).filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed").map(({ metadata }) => metadata.name);
}

// tools/lib/stack/wake-environment.ts
import { setTimeout as pause2 } from "node:timers/promises";
var PATIENCE3 = 300;
async function wakeEnvironment(environment, seconds = PATIENCE3) {
  const workloads = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
  let late = [];
  for (const stage of sleepStages(workloads).reverse()) {
    for (const workload of stage) await scaleBack(environment, workload);
    if (late.length > 0) continue;
    late = await notReadyAfter(environment, stage, seconds);
    if (late.length > 0) tell(`not ready after ${seconds} s: ${late.join(", ")}; waking the rest`);
  }
  await resumeTrainings(environment);
  await markAsleep(environment, null);
  return late.length === 0 ? [] : notReadyAfter(environment, workloads, seconds);
}
async function resumeTrainings(environment) {
  for (const job of await listWorkloads(environment, "CronJob", "Job")) {
    if (job.metadata.annotations?.[SUSPENDED] === void 0) continue;
    await setOwn(environment, job, { annotations: {}, spec: { suspend: false } });
    tell(`${label(job)}: resumed`);
  }
}
async function notReadyAfter(environment, workloads, seconds = PATIENCE3) {
  const names = workloads.map(label);
  const deadline = Date.now() + seconds * 1e3;
  for (; ; ) {
    const now = await listWorkloads(environment, "Deployment", "StatefulSet", "Cluster");
    const late = now.filter((one) => names.includes(label(one)) && !isReady(one)).map(label);
    if (late.length === 0 || Date.now() > deadline) return late;
    await pause2(500);
  }
}
async function scaleBack(environment, workload) {
  const before = workload.metadata.annotations?.[REPLICAS];
  if (before === void 0) return;
  if (workload.kind === "Cluster") {
    await setOwn(environment, workload, { annotations: { [HIBERNATION]: "off" } });
  } else {
    const replicas = Math.max(Number(before), workload.spec.replicas ?? 0);
    await setOwn(environment, workload, { annotations: {}, spec: { replicas } });
  }
  tell(`${label(workload)}: woken`);
}

// tools/sleep-schedule/plan.ts
function freshPlan(now) {
  return { seen: now.toISOString() };
}
function planAt(plan, hours, now) {
  const turn2 = lastTurn(hours, now);
  if (turn2 && turn2.at > new Date(plan.seen)) {
    const at = turn2.at.toISOString();
    return { ...unbounded(plan), seen: at, want: turn2.to, why: "its schedule", wantedSince: at };
  }
  if (plan.awakeUntil === void 0 || now < new Date(plan.awakeUntil)) return plan;
  const rest = unbounded(plan);
  if (!sleepsAt(hours, now)) return rest;
  const wantedSince = now.toISOString();
  return { ...rest, want: "asleep", why: "woken long enough", wantedSince };
}
function askedFor(plan, want, why, { hours, awakeMinutes, now }) {
  const rest = { ...unbounded(plan), wantedSince: now.toISOString() };
  if (want === "asleep" || !sleepsAt(hours, now)) return { ...rest, want, why };
  const awakeUntil = new Date(now.getTime() + awakeMinutes * 6e4).toISOString();
  return { ...rest, want, why, awakeUntil };
}
function unbounded(plan) {
  const rest = { ...plan };
  delete rest.awakeUntil;
  return rest;
}
function sparedAfter(before, { since, until, cores, gib }) {
  const hours = Math.max(0, until.getTime() - since.getTime()) / 36e5;
  const { hours: slept = 0, cpuHours = 0, memoryGibHours = 0 } = before ?? {};
  return {
    since: before?.since ?? since.toISOString(),
    hours: slept + hours,
    cpuHours: cpuHours + cores * hours,
    memoryGibHours: memoryGibHours + gib * hours
  };
}

// tools/sleep-schedule/schedule.ts
var GUESSED_WAKE = 45;
var Schedule = class {
  #place;
  #settings;
  #name;
  #waiting;
  #busySince;
  #asked;
  #tell;
  constructor(place2, name, settings2, tell2) {
    this.#place = place2;
    this.#name = name;
    this.#settings = settings2;
    this.#tell = tell2;
  }
  /** The object that holds the plan; undefined once the stack was destroyed. */
  async object() {
    return this.#place.objects.read(this.#named());
  }
  #named() {
    const { namespace: namespace3 } = this.#place;
    return { kind: "ConfigMap", metadata: { name: this.#name, namespace: namespace3 } };
  }
  /** Wants it asleep or awake from now on; the next look acts on it. @throws Failure that names trainings which run */
  async ask(want, why) {
    if (want === "asleep") await jobsToSuspend(this.#place, false);
    this.#asked = { want, why };
  }
  /** Whether callers wake it. */
  get wakesOnRequest() {
    return this.#settings.wakeOnRequest;
  }
  /** One look at clock and cluster, with what there is to do. It takes as long as the environment does. */
  async look(now = /* @__PURE__ */ new Date()) {
    const object2 = await this.object();
    if (object2 === void 0) return;
    const text = object2.metadata.annotations?.[PLAN];
    const before = text === void 0 ? freshPlan(now) : JSON.parse(text);
    const hours = this.#settings;
    const { awakeMinutes } = hours;
    let plan = planAt(before, hours, now);
    if (this.#asked) {
      plan = askedFor(plan, this.#asked.want, this.#asked.why, { hours, awakeMinutes, now });
      this.#asked = void 0;
    }
    if (JSON.stringify(plan) !== text) await this.#keep(plan);
    if (plan.want === void 0) {
      this.#waiting = void 0;
      return;
    }
    const held = object2.metadata.annotations?.[HELD];
    if (plan.want === "asleep" && held !== void 0 && now < new Date(held)) {
      this.#waiting = `a command is at work in it, until ${held} at the latest`;
      return;
    }
    this.#busySince = now;
    try {
      await this.#carryOut(plan);
      this.#waiting = void 0;
    } catch (error) {
      if (this.#waiting !== reasonOf(error)) this.#tell(`not yet ${plan.want}: ${reasonOf(error)}`);
      this.#waiting = reasonOf(error);
    } finally {
      this.#busySince = void 0;
    }
  }
  async #carryOut(plan) {
    const { want, why = "its schedule", ...rest } = plan;
    delete rest.wantedSince;
    const since = await asleepSince(this.#place);
    const began = Date.now();
    if (want === "asleep") {
      const changed = await sleepEnvironment(this.#place, false);
      if (changed) await this.#record("sleep", "ok", why);
      await this.#keep(rest);
      return;
    }
    const spares = since === void 0 ? void 0 : await this.#spares();
    const late = await wakeEnvironment(this.#place);
    const kept = { ...rest };
    if (since !== void 0 && spares) {
      const wakeSeconds = Math.ceil((Date.now() - began) / 1e3);
      const slept = { since: new Date(since), until: new Date(began), ...spares };
      Object.assign(kept, { wakeSeconds, spared: sparedAfter(rest.spared, slept) });
      const note = late.length > 0 ? `${why}; not ready: ${late.join(", ")}` : why;
      await this.#record("wake", late.length > 0 ? "failed" : "ok", note);
    }
    await this.#keep(kept);
  }
  /** What a person sees. @throws Failure where the API does not say */
  async state(now = /* @__PURE__ */ new Date()) {
    const object2 = await this.object();
    const annotations = object2?.metadata.annotations ?? {};
    const plan = JSON.parse(annotations[PLAN] ?? "{}");
    const want = this.#asked?.want ?? plan.want;
    const since = await asleepSince(this.#place);
    const rest = since === void 0 ? "awake" : "asleep";
    const state = want === void 0 ? rest : want === "awake" ? "waking" : "falling asleep";
    const left = (plan.wakeSeconds ?? GUESSED_WAKE) - this.#busySeconds(now);
    const { timeZone } = this.#settings;
    return {
      environment: this.#place.instance,
      state,
      since,
      wantedSince: want === void 0 ? void 0 : plan.wantedSince,
      waiting: this.#waiting,
      awakeUntil: plan.awakeUntil,
      next: {
        sleep: nextTurn(this.#settings, "asleep", now)?.toISOString(),
        wake: nextTurn(this.#settings, "awake", now)?.toISOString()
      },
      timeZone,
      retryAfter: since === void 0 ? 1 : Math.max(3, Math.ceil(left)),
      spared: plan.spared
    };
  }
  #busySeconds(now) {
    return this.#busySince ? (now.getTime() - this.#busySince.getTime()) / 1e3 : 0;
  }
  async #keep(plan) {
    const own = { ...this.#named(), apiVersion: "v1" };
    const annotations = { [PLAN]: JSON.stringify(plan) };
    await applyOwn(this.#place, { ...own, annotations }, "slipway-schedule");
  }
  async #record(event, result, note) {
    await addRecord(this.#place, { event, by: "sleep-schedule", result, note });
    this.#tell(`${event}: ${result} (${note})`);
  }
  /** What the sleeping workloads would request: cores and GiB. */
  async #spares() {
    const workloads = await listWorkloads(this.#place, "Deployment", "StatefulSet");
    const spares = { cores: 0, gib: 0 };
    for (const { metadata, spec } of workloads) {
      const replicas = Number(metadata.annotations?.[REPLICAS] ?? 0);
      for (const { resources } of spec.template?.spec?.containers ?? []) {
        const { cpu, memory } = resources?.requests ?? {};
        spares.cores += replicas * milliOf(cpu ?? "0") / 1e3;
        spares.gib += replicas * wholeOf(memory ?? "0") / 2 ** 30;
      }
    }
    return spares;
  }
};

// tools/sleep-schedule/server.ts
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
function scheduleServer(schedule2, token2) {
  return createServer((request, response) => {
    request.resume();
    answerTo(request, schedule2, token2).catch((error) => {
      const detail = reasonOf(error);
      return problem(error instanceof Failure ? 502 : 500, "Not known just now", detail);
    }).then((answer) => {
      send(request, response, answer);
    }).catch(() => response.destroy());
  });
}
async function answerTo({ method = "GET", url = "/", headers }, schedule2, token2) {
  const [path = "/"] = url.split("?");
  if (path === "/environment/health") return { status: 200, body: { status: "ok" } };
  if (path === "/environment/metrics") return metrics(await schedule2.state());
  if (path === "/environment") return { status: 200, body: await schedule2.state() };
  const want = /^\/environment\/(sleep|wake)$/.exec(path)?.[1];
  if (want === void 0) return resting(method, headers.accept ?? "", path, schedule2);
  if (method !== "POST") {
    return problem(405, "Method not allowed", `ask with POST ${path}`, { allow: "POST" });
  }
  if (!holds(headers.authorization, token2)) {
    const detail = "send 'Authorization: Bearer …' with the password of the Secret sleep-schedule-token";
    return problem(401, "Unauthorized", detail, { "www-authenticate": "Bearer" });
  }
  try {
    await schedule2.ask(want === "wake" ? "awake" : "asleep", "asked for by token");
  } catch (error) {
    return problem(409, "At work", reasonOf(error));
  }
  return { status: 202, body: await schedule2.state() };
}
function holds(authorization, token2) {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const hash = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(token2));
}
async function resting(method, accept, path, schedule2) {
  const person = method === "GET" && accept.includes("text/html");
  const wakes = schedule2.wakesOnRequest && (method === "POST" || person);
  const before = await schedule2.state();
  const asks = wakes && (before.state === "asleep" || before.state === "falling asleep");
  if (asks) await schedule2.ask("awake", `a request for ${path.slice(0, 80)}`);
  const state = asks ? await schedule2.state() : before;
  const headers = { "retry-after": String(state.retryAfter), "cache-control": "no-store" };
  if (person) return { status: 503, body: pageFor(state), headers };
  return problem(503, "Asleep", inWords(state), headers);
}
function inWords({ environment, state, retryAfter, next }) {
  if (state === "waking") {
    return `${environment} sleeps; it is being woken, try again in ${retryAfter} s`;
  }
  if (state === "awake") return `${environment} is awake; try again`;
  const wakes = next.wake === void 0 ? "" : ` until ${next.wake}`;
  return `${environment} sleeps${wakes}; POST /environment/wake on the Service sleep-schedule wakes it, or npm run wake`;
}
function pageFor(state) {
  const text = inWords(state).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${state.retryAfter}">
<title>Asleep – Slipway</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 20vh auto; padding: 0 1rem }
</style>
<h1>${state.state === "waking" ? "Waking up" : "Asleep"}</h1>
<p>${text}.</p>
<p>This page looks again by itself.</p>
`;
}
function metrics({ state, spared, wantedSince, next }, now = Date.now()) {
  const asleep = state === "asleep" || state === "waking" ? 1 : 0;
  const overdue = wantedSince ? Math.max(0, (now - new Date(wantedSince).getTime()) / 1e3) : 0;
  const lines = [
    "# HELP slipway_environment_asleep Whether the environment sleeps.",
    "# TYPE slipway_environment_asleep gauge",
    `slipway_environment_asleep ${asleep}`,
    "# HELP slipway_environment_overdue_seconds Seconds since it should have fallen asleep or woken; 0 once it has.",
    "# TYPE slipway_environment_overdue_seconds gauge",
    `slipway_environment_overdue_seconds ${overdue}`,
    "# HELP slipway_environment_asleep_hours_total Hours that it slept.",
    "# TYPE slipway_environment_asleep_hours_total counter",
    `slipway_environment_asleep_hours_total ${spared?.hours ?? 0}`,
    "# HELP slipway_environment_next_turn_timestamp_seconds When its hours next put it to sleep, and wake it.",
    "# TYPE slipway_environment_next_turn_timestamp_seconds gauge",
    ...turn("asleep", next.sleep),
    ...turn("awake", next.wake),
    ""
  ];
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return { status: 200, body: lines.join("\n"), headers };
}
function turn(to, time) {
  if (time === void 0) return [];
  return [`slipway_environment_next_turn_timestamp_seconds{to="${to}"} ${Date.parse(time) / 1e3}`];
}
function problem(status, title, detail, headers = {}) {
  const type = { "content-type": "application/problem+json" };
  return { status, body: { title, status, detail }, headers: { ...type, ...headers } };
}
function send({ method }, response, answer) {
  const { status, body, headers = {} } = answer;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html; charset=utf-8" : "application/json";
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    // Callers should find the ways to those that have woken.
    connection: "close",
    ...headers
  });
  response.end(method === "HEAD" ? void 0 : text);
}

// tools/sleep-schedule/stand-ins.ts
var MANAGED = "endpointslice.kubernetes.io/managed-by";
var SERVICE = "kubernetes.io/service-name";
var NAME = "app.kubernetes.io/name";
var COMPONENT = "app.kubernetes.io/component";
var CALLED = ["serving", "ui"];
async function standIn(place2, asleep, self) {
  const { objects } = place2;
  const led = await objects.list("EndpointSlice", [`${MANAGED}=${SLEEP_SCHEDULE}`]);
  const wanted = asleep ? await restingServices(place2) : [];
  const nameOf2 = ({ metadata: { name } }) => `${name}-asleep`;
  for (const { metadata } of led) {
    if (wanted.some((service) => nameOf2(service) === metadata.name)) continue;
    await objects.remove({ kind: "EndpointSlice", metadata });
  }
  for (const service of wanted) {
    const there = led.find(({ metadata }) => metadata.name === nameOf2(service));
    if (there?.endpoints[0]?.addresses[0] === self.address) continue;
    await objects.apply(slice(place2, service, nameOf2(service), self), SLEEP_SCHEDULE);
  }
  return wanted.map(({ metadata }) => metadata.name);
}
async function restingServices(place2) {
  const own = ownLabels(place2);
  const [services, deployments] = await Promise.all([
    place2.objects.list("Service", own),
    place2.objects.list("Deployment", own)
  ]);
  const resting2 = deployments.filter(({ metadata }) => CALLED.includes(String(metadata.labels?.[COMPONENT]))).filter(({ status }) => !status?.readyReplicas).map(({ metadata }) => metadata.name);
  return services.filter(
    ({ spec: { clusterIP, selector } }) => clusterIP !== "None" && resting2.includes(String(selector?.[NAME]))
  );
}
function slice({ namespace: namespace3 }, { metadata: { name: service, labels = {} }, spec }, name, { address, port, owner }) {
  const { ports = [] } = spec;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace: namespace3,
      labels: { ...labels, [SERVICE]: service, [MANAGED]: SLEEP_SCHEDULE },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", ...owner }]
    },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: ports.map((each) => ({ name: each.name ?? "", port, protocol: "TCP" }))
  };
}

// tools/sleep-schedule/main.ts
var TOKEN_FILE = "/run/secrets/token/password";
var ACCOUNT = "/run/secrets/kubernetes/token";
var SETTINGS = "/etc/sleep-schedule/settings.json";
var LOOK = 5e3;
var STAND_IN = { resting: 2e3, waking: 500 };
var { env } = process;
var { namespace: namespace2, instance, shared, object, ...settings } = JSON.parse(
  readFileSync2(SETTINGS, "utf8")
);
var api = { server: "https://kubernetes.default.svc", tokenFile: ACCOUNT };
var place = { namespace: namespace2, instance, shared, objects: apiObjects(api, namespace2) };
var schedule = new Schedule(place, object, settings, tell);
var token = readFileSync2(TOKEN_FILE, "utf8").trim();
var server = scheduleServer(schedule, token).listen(PORTS.sleepSchedule);
var ended = false;
process.on("SIGTERM", () => {
  ended = true;
  server.close();
  setTimeout(() => process.exit(), 1e3).unref();
});
async function repeat(work) {
  let said = "";
  while (!ended) {
    let milliseconds = LOOK;
    try {
      milliseconds = await work();
      said = "";
    } catch (error) {
      if (said !== reasonOf(error)) tell(said = reasonOf(error));
    }
    await pause3(milliseconds);
  }
}
var leading = true;
async function reconcile() {
  const { state } = await schedule.state();
  if (state === "awake" && !leading) return STAND_IN.resting;
  const { metadata } = await schedule.object() ?? {};
  if (metadata === void 0) return LOOK;
  const owner = { name: metadata.name, uid: metadata.uid };
  const self = { address: env["POD_IP"] ?? "", port: PORTS.sleepSchedule, owner };
  leading = (await standIn(place, state !== "awake", self)).length > 0 || state !== "awake";
  return state === "waking" ? STAND_IN.waking : STAND_IN.resting;
}
async function look() {
  await schedule.look();
  return LOOK;
}
await Promise.all([repeat(look), repeat(reconcile)]);
