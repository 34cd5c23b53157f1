/** What the lab's cloud knows of its one machine, as plain data: a test changes it by merge patches while it is served. */

/** One version of a secret; `DISABLED` and `DESTROYED` ones are refused. */
export interface SecretVersion {
  readonly payload: string;
  readonly state: "ENABLED" | "DISABLED" | "DESTROYED";
}

export interface Secret {
  /** Service accounts that may read its versions, by e-mail: `roles/secretmanager.secretAccessor` on this secret. */
  readonly accessors: readonly string[];
  /** By number: `"1"`. */
  readonly versions: Readonly<Record<string, SecretVersion>>;
}

export interface ServiceAccount {
  readonly email: string;
  readonly scopes: readonly string[];
  /** The access token that is handed out, and the only one that is accepted. */
  readonly token: string;
}

/** Something that goes wrong: the first fault that fits a request decides over it. */
export interface Fault {
  readonly service: "metadata" | "secretmanager";
  /** Part of the path and query; every request unless set. */
  readonly match?: string;
  /** Wait this long before anything else, in milliseconds. */
  readonly delay?: number;
  /** Answer with this status and nothing else. */
  readonly status?: number;
  /** Close the connection without an answer. */
  readonly cut?: boolean;
  /** How many requests it meets before it is over; without end unless set. */
  readonly times?: number;
}

export interface CloudState {
  readonly project: { readonly projectId: string; readonly numericProjectId: number };
  readonly instance: {
    readonly id: number;
    readonly name: string;
    /** `europe-west1-b`, without the project. */
    readonly zone: string;
    readonly machineType: string;
    /** Shortly before a spot machine ends. */
    readonly preempted: boolean;
    /** Absent where graceful shutdown is not offered; `UNSPECIFIED` until it begins, then `PENDING_STOP`. */
    readonly stopState?: string;
  };
  /** Absent for a machine without a service account. */
  readonly serviceAccount?: ServiceAccount;
  readonly attributes: Readonly<Record<string, string>>;
  readonly projectAttributes: Readonly<Record<string, string>>;
  /** Namespace to key to value, as the machine wrote them. */
  readonly guestAttributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By name: `projects/PROJECT/secrets/NAME`. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly faults: readonly Fault[];
}

/** JSON merge patch (RFC 7386): what is named is replaced, null removes, the rest stays. */
export type Patch<T> = T extends readonly unknown[] | string | number | boolean
  ? T
  : { readonly [K in keyof T]?: Patch<NonNullable<T[K]>> | null };

/** What a cloud knows of a machine that was just made. */
export function initialState(name: string): CloudState {
  return {
    project: { projectId: "acme-ci", numericProjectId: 415_104_041_262 },
    instance: {
      id:
        4_152_000_000_000_000 + ([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0) % 1e9),
      name,
      zone: "europe-west1-b",
      machineType: "e2-standard-4",
      preempted: false,
    },
    serviceAccount: {
      email: "runners@acme-ci.iam.gserviceaccount.com",
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
      token: "the-machines-own-identity",
    },
    attributes: {},
    projectAttributes: {},
    guestAttributes: {},
    secrets: {},
    faults: [],
  };
}

/** The state with the patch applied; both stay as they are. */
export function merge(state: CloudState, patch: Patch<CloudState>): CloudState {
  return mergeValues(state, patch) as CloudState;
}

function mergeValues(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeValues(merged[name], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
