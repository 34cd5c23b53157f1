/** A stack with a fleet on Google Cloud, deployed by the real engine: the real program, and stand-ins for both clouds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ensurePulumi, openLabStack } from "../../../lab/engine/index.ts";
import type { StackEngine, StackUpdate } from "../../../stack/engine.ts";
import { type StandIn, startStandIn } from "../../lab/gitlab/stand-in.ts";

export class Stack {
  readonly standIn: StandIn;
  readonly #directory = mkdtempSync(join(tmpdir(), "buildx-runners-gcp-"));

  private constructor(standIn: StandIn) {
    this.standIn = standIn;
  }

  static async start(): Promise<Stack> {
    return new Stack(await startStandIn());
  }

  /** @param values configuration, keys without their namespace. */
  async engine(values: Readonly<Record<string, unknown>>): Promise<StackEngine> {
    const configFile = join(this.#directory, "Pulumi.test.yaml");
    const config = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`buildx-runners:${key}`, value]),
    );
    writeFileSync(configFile, stringify({ config }));
    return openLabStack({
      pulumi: await ensurePulumi(),
      stack: "test",
      configFile,
      config: [
        { key: "gitlab:baseUrl", value: this.standIn.gitlab.apiUrl },
        { key: "gitlab:token", value: this.standIn.gitlab.adminToken, secret: true },
      ],
      stateDirectory: join(this.#directory, "state"),
    });
  }

  /** Everything that the engine keeps, as one text. */
  keptText(): string {
    return readdirSync(join(this.#directory, "state/backend"), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
  }

  async stop(): Promise<void> {
    await this.standIn.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What a run did: operation, the URN without its project and stack, the properties that made it necessary. */
export const changesOf = ({ changes }: StackUpdate): string[] =>
  changes
    .map(({ op, urn, properties }) =>
      `${op} ${urn.split("::").slice(2).join("::")} ${properties.join(",")}`.trim(),
    )
    .sort();
