import type { provider } from "@pulumi/pulumi";
import { equal, nameIn, typeIn, type WireObject } from "../wire.ts";
import { KINDS, type Kind, PROJECT, randomSuffix } from "./kinds.ts";

/** Longest name in Compute Engine; the bridge refuses to cut one. */
const LONGEST_NAME = 63;

/**
 * A stand-in for the provider of the package `gcp`: it keeps what it is given, and says of a change what the real one
 * says of it. What Google Cloud would then do it does not know.
 *
 * It takes plain values, see `serve`.
 */
export class GcpProvider implements provider.Provider {
  readonly version = "9.37.0";

  /** A property that this project does not use is refused: what its change means would be a guess. */
  async check(urn: string, olds: WireObject, news: WireObject): Promise<provider.CheckResult> {
    const kind = kindOf(urn);
    const known = [...kind.replaceOn, ...kind.updateOn];
    const failures = known.includes("*")
      ? []
      : Object.keys(news)
          .filter((property) => !known.includes(property))
          .map((property) => ({ property, reason: `the stand-in does not know it; see ${kind.source}` }));
    const inputs = named(kind, urn, olds, news);
    const name = kind.autoName === undefined ? "" : String(inputs[kind.autoName]);
    if (kind.autoName === "name" && name.length > LONGEST_NAME)
      failures.push({ property: "name", reason: `${name} has more than ${LONGEST_NAME} characters` });
    return { inputs, failures };
  }

  /** A name that was made is no difference: the bridge makes another one for what is replaced. */
  async diff(_id: string, urn: string, olds: WireObject, news: WireObject): Promise<provider.DiffResult> {
    const { autoName, replaceOn, updateOn, replaceIf } = kindOf(urn);
    const compared = replaceOn.includes("*") ? Object.keys(news) : [...replaceOn, ...updateOn];
    const changed = compared.filter((property) => property !== autoName && isChanged(property, olds, news));
    const replaces = changed.filter(
      (property) =>
        replaceOn.includes("*") ||
        replaceOn.includes(property) ||
        replaceIf?.[property]?.(olds[property], news[property]),
    );
    return { changes: changed.length > 0, replaces };
  }

  async create(urn: string, inputs: WireObject): Promise<provider.CreateResult> {
    const kind = kindOf(urn);
    const name = kind.autoName === undefined ? nameIn(urn) : String(inputs[kind.autoName]);
    const outputs = kind.outputs(inputs, name);
    return { id: String(outputs.id ?? name), outs: { project: PROJECT, ...inputs, ...outputs } };
  }

  async update(
    _id: string,
    _urn: string,
    olds: WireObject,
    news: WireObject,
  ): Promise<provider.UpdateResult> {
    return { outs: { ...olds, ...news } };
  }

  async read(id: string, _urn: string, props: WireObject = {}): Promise<provider.ReadResult> {
    return { id, props };
  }

  async delete(): Promise<void> {}
}

/** Like the bridge: a name that was made once stays, also where its resource is replaced because of something else. */
function named({ autoName, replaceOn }: Kind, urn: string, olds: WireObject, news: WireObject): WireObject {
  if (autoName === undefined || news[autoName] !== undefined) return news;
  const others = Object.keys(news).filter(
    (property) => replaceOn.includes("*") || replaceOn.includes(property),
  );
  const isReplaced = others.some((property) => isChanged(property, olds, news));
  const kept = isReplaced ? undefined : olds[autoName];
  return { ...news, [autoName]: kept ?? `${nameIn(urn)}-${randomSuffix()}` };
}

/** What is not given keeps its value: the size of a group that an autoscaler looks after, for one. */
const isChanged = (property: string, olds: WireObject, news: WireObject): boolean => {
  const wanted = news[property];
  return wanted !== undefined && !equal(olds[property] ?? null, wanted);
};

function kindOf(urn: string): Kind {
  const type = typeIn(urn);
  const found = KINDS[type];
  if (found === undefined)
    throw new Error(
      `the lab's stand-in for Google Cloud has no resource ${type}; add it to lab/providers/gcp/kinds.ts`,
    );
  return found;
}
