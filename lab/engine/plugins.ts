import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { StoppedError } from "./grpc.ts";
import { Plugin, type PluginOptions } from "./plugin.ts";
import type { WireObject } from "./wire.ts";

export interface PluginHostOptions {
  /** Programs by package name; another package's is looked for on PATH. */
  readonly programs: Readonly<Record<string, string>>;
  readonly environment: NodeJS.ProcessEnv;
  /** The stack's configuration: `gitlab:baseUrl` configures the default provider of `gitlab`. */
  readonly configuration: Readonly<Record<string, string>>;
  readonly onOutput: PluginOptions["onOutput"];
}

/** How long a plugin may take to give up what it is doing. */
const interruptGrace = 3_000;

const providerTypePrefix = "pulumi:providers:";

/** The package that a resource type or a function token belongs to; for a provider resource, the one it serves. */
export function packageOf(token: string): string {
  return token.startsWith(providerTypePrefix)
    ? token.slice(providerTypePrefix.length)
    : (token.split(":")[0] ?? token);
}

export function isProviderType(type: string): boolean {
  return type.startsWith(providerTypePrefix);
}

/** The part of a stack's configuration that is the package's own. */
export function configurationOf(
  name: string,
  configuration: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => key.startsWith(`${name}:`)));
}

/** The SDK's server keeps an engine's configuration from a provider written for it: this variable brings it along. */
function pluginEnvironment(
  name: string,
  environment: NodeJS.ProcessEnv,
  configuration: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return { ...environment, PULUMI_CONFIG: JSON.stringify(configurationOf(name, configuration)) };
}

/** Starts plugins as they are needed, one for each provider, and ends them all. */
export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #running = new Map<string, Promise<Plugin>>();
  #engineAddress = "";
  #isStopped = false;

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** Where plugins report to; to be set before the first one starts. */
  set engineAddress(address: string) {
    this.#engineAddress = address;
  }

  /** Starts the named packages' default providers, while the program is still loading. */
  warm(): void {
    for (const name of Object.keys(this.#options.programs)) {
      // Whoever needs one that fails to start is told then.
      this.default(name).catch(() => undefined);
    }
  }

  /** The package's default provider, configured by the stack's configuration. */
  default(name: string): Promise<Plugin> {
    const settings = Object.entries(configurationOf(name, this.#options.configuration));
    const unqualified = settings.map(([key, value]) => [key.slice(name.length + 1), value]);
    return this.#start(name, name, Object.fromEntries(unqualified));
  }

  /** The provider that the program declared under the reference `<urn>::<id>`. */
  explicit(name: string, reference: string, configuration: WireObject): Promise<Plugin> {
    return this.#start(name, reference, configuration);
  }

  /** Has the plugins give up what they are doing, and ends those that do not. None starts afterwards. */
  interrupt(): void {
    this.#isStopped = true;
    for (const plugin of this.#running.values()) {
      plugin.then((started) => started.cancel()).catch(() => undefined);
    }
    setTimeout(() => this.stop(), interruptGrace).unref();
  }

  /** Ends all plugins. None starts afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const settled = await Promise.allSettled(this.#running.values());
    this.#running.clear();
    await Promise.all(
      settled.map((plugin) => (plugin.status === "fulfilled" ? plugin.value.stop() : undefined)),
    );
  }

  #start(name: string, key: string, configuration: WireObject): Promise<Plugin> {
    const running = this.#running.get(key);
    if (running !== undefined) {
      return running;
    }
    if (this.#isStopped) {
      return Promise.reject(new StoppedError("the run is over"));
    }
    const started = Plugin.start({
      package: name,
      path: this.#options.programs[name] ?? onPath(name, this.#options.environment),
      engineAddress: this.#engineAddress,
      environment: pluginEnvironment(name, this.#options.environment, this.#options.configuration),
      configuration,
      onOutput: this.#options.onOutput,
    });
    this.#running.set(key, started);
    return started;
  }
}

/** The executable of that name on a PATH, or `undefined`. */
export function findExecutable(name: string, path: string | undefined): string | undefined {
  return (path ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function onPath(name: string, environment: NodeJS.ProcessEnv): string {
  const executable = `pulumi-resource-${name}`;
  const found = findExecutable(executable, environment.PATH);
  if (found === undefined) {
    throw new Error(
      `no plugin for package "${name}": the lab has none of its own, and ${executable} is not on PATH`,
    );
  }
  return found;
}
