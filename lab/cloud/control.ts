import { readFile } from "node:fs/promises";
import { request } from "node:http";
import path from "node:path";
import type { IssuedCertificate } from "../ca.ts";
import { LabError } from "../errors.ts";
import type { Instance } from "../machine/instance.ts";
import type { ProbeResult } from "./probe.ts";
import type { CloudRequest } from "./server.ts";
import type { CloudState, Patch } from "./state.ts";

/** The socket by which the cloud of a machine is controlled, as long as the machine is up. */
export function controlSocketOf(instance: Instance): string {
  return path.join(instance.runDirectory, "cloud.sock");
}

/** The cloud of one machine, from outside: what its owner sees and changes. */
export class Cloud {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Everything the cloud knows, guest attributes included. */
  state(): Promise<CloudState> {
    return this.#call<CloudState>("GET", "/state");
  }

  /**
   * Changes the state by a JSON merge patch; long polls on what changed are answered.
   *
   * @example await cloud.patch({ attributes: { "startup-script": null }, instance: { preempted: true } })
   */
  async patch(change: Patch<CloudState>): Promise<void> {
    await this.#call("PATCH", "/state", change);
  }

  /** Every request that was answered, in the order of the answers; long polls that still wait are not among them. */
  requests(): Promise<readonly CloudRequest[]> {
    return this.#call<readonly CloudRequest[]>("GET", "/requests");
  }

  /** The value of one guest attribute; undefined until the machine has written it. */
  async guestAttribute(namespace: string, key: string): Promise<string | undefined> {
    return (await this.state()).guestAttributes[namespace]?.[key];
  }

  /** Starts Secret Manager, which answers as secretmanager.googleapis.com by this certificate. */
  async serveSecrets(certificate: IssuedCertificate): Promise<void> {
    const [key, cert] = await Promise.all([
      readFile(certificate.keyPath, "utf8"),
      readFile(certificate.certPath, "utf8"),
    ]);
    await this.#call("PUT", "/certificate", { key, cert });
  }

  /** Asks a URL of the machine from an address of the cloud: see `addresses` in network.ts. */
  probe(url: string, from: string): Promise<ProbeResult> {
    return this.#call<ProbeResult>("POST", "/probe", { url, from });
  }

  #call<T>(method: string, command: string, body?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = request(
        { socketPath: this.#socketPath, method, path: command, agent: false },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
          });
          answer.on("end", () => {
            if (answer.statusCode === 200) resolve(JSON.parse(text));
            else reject(new LabError(`The lab's cloud refused ${method} ${command}: ${text}`));
          });
        },
      );
      asked.on("error", (error) =>
        reject(new LabError(`The lab's cloud does not answer on ${this.#socketPath}: ${error.message}`)),
      );
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
