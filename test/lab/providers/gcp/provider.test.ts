import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { KINDS } from "../../../../lab/providers/gcp/kinds.ts";
import { GcpProvider } from "../../../../lab/providers/gcp/provider.ts";

const PACKAGE = new URL("../../../../node_modules/@pulumi/gcp/", import.meta.url);
const provider = new GcpProvider();
const urn = (type: string, name = "linux"): string => `urn:pulumi:test::p::a:b:C$${type}::${name}`;
const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";
const TEMPLATE = "gcp:compute/instanceTemplate:InstanceTemplate";

/** The installed package's class of a type: the file's name in other letters is the type's. */
function sourceOf(type: string): string {
  const [directory = "", name = ""] = (type.split(":")[1] ?? "").split("/");
  const files = readdirSync(new URL(`${directory}/`, PACKAGE));
  const file = files.find((one) => one.toLowerCase() === `${name.toLowerCase()}.js`);
  return readFileSync(new URL(`${directory}/${file}`, PACKAGE), "utf8");
}

describe("the stand-in for Google Cloud", () => {
  it.each(Object.entries(KINDS))("knows inputs of %s that the installed package has", (type, kind) => {
    const source = sourceOf(type);
    expect(source).toContain(`'${type}'`);
    const unknown = [...kind.replaceOn, ...kind.updateOn]
      .filter((property) => property !== "*")
      .filter(
        (property) =>
          !new RegExp(`resourceInputs\\["${property}"\\] = \\(*args\\?\\.${property}\\b`).test(source),
      );
    expect(unknown).toEqual([]);
  });

  it("makes a name, and keeps it", async () => {
    const inputs = { network: "n", region: "r", ipCidrRange: "10.0.0.0/24" };
    const first = await provider.check(urn(SUBNETWORK), {}, inputs);
    expect(first.inputs.name).toMatch(/^linux-[0-9a-f]{7}$/);
    const second = await provider.check(urn(SUBNETWORK), first.inputs, inputs);
    expect(second.inputs.name).toBe(first.inputs.name);
    // What takes its place has to have another one.
    const replaced = await provider.check(urn(SUBNETWORK), first.inputs, { ...inputs, network: "m" });
    expect(replaced.inputs.name).not.toBe(first.inputs.name);
  });

  it("refuses what it does not know, and names that Google would", async () => {
    const { failures } = await provider.check(urn(SUBNETWORK, "l".repeat(56)), {}, { purpose: "PRIVATE" });
    expect(failures?.map(({ property }) => property)).toEqual(["purpose", "name"]);
    await expect(provider.check(urn("gcp:storage/bucket:Bucket"), {}, {})).rejects.toThrow(
      "the lab's stand-in for Google Cloud has no resource gcp:storage/bucket:Bucket",
    );
  });

  it.each([
    [{ privateIpGoogleAccess: false }, []],
    [{ ipCidrRange: "10.20.0.0/22" }, []],
    [{ ipCidrRange: "10.20.0.0/26" }, ["ipCidrRange"]],
    [{ ipCidrRange: "10.30.0.0/24" }, ["ipCidrRange"]],
    [{ network: "other" }, ["network"]],
  ])("replaces a subnetwork only for what it must: %j", async (change, replaces) => {
    const olds = { network: "n", ipCidrRange: "10.20.0.0/24", privateIpGoogleAccess: true };
    const diff = await provider.diff("", urn(SUBNETWORK), olds, { ...olds, ...change });
    expect(diff).toMatchObject({ changes: true, replaces });
  });

  it("replaces a template for anything, and leaves the same one alone", async () => {
    const { outs = {} } = await provider.create(urn(TEMPLATE), {
      name: "t-1234567",
      machineType: "e2-small",
    });
    expect(outs.selfLinkUnique).toMatch(/\/global\/instanceTemplates\/t-1234567\?uniqueId=/);
    const same = await provider.diff("", urn(TEMPLATE), outs, { name: "t-1234567", machineType: "e2-small" });
    expect(same).toMatchObject({ changes: false, replaces: [] });
    const other = await provider.diff("", urn(TEMPLATE), outs, {
      name: "t-7654321",
      machineType: "e2-medium",
    });
    expect(other).toMatchObject({ changes: true, replaces: ["machineType"] });
  });
});
