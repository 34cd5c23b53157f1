import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ConfigSources, loadConfig, readProject, type StackConfig } from "./config.ts";
import { Deployment } from "./deployment.ts";
import { isStack } from "./goal.ts";
import { startMonitor } from "./monitor.ts";
import { PluginHost } from "./plugins.ts";
import { Program } from "./program.ts";
import type { DeploymentContext } from "./recorded.ts";
import { Redactor } from "./redact.ts";
import { refreshAll } from "./refresh.ts";
import { outputsOf, Report } from "./report.ts";
import { StackState } from "./state.ts";
import {
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineResult,
  type Output,
  type PreviewOptions,
} from "./types.ts";
import { containsUnknown } from "./wire.ts";

/** How long a program may take to end by itself once the run has failed. */
const graceAfterFailure = 5_000;
/** Of what a program printed before it ended early. */
const shownLines = 30;

export interface InProcessOptions extends Omit<ConfigSources, "project"> {
  readonly projectDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly plugins: Readonly<Record<string, string>>;
  /** Why this engine, and no real one: a clause. */
  readonly reason: string;
  readonly onEvent: (event: EngineEvent) => void;
  readonly signal: AbortSignal | undefined;
}

interface Run extends DeploymentContext {
  readonly config: StackConfig;
  readonly main: string | undefined;
  readonly identity: { readonly project: string; readonly stack: string };
}

/**
 * The lab's own engine: it serves Pulumi's resource monitor, runs the program through the SDK's own runner, and drives
 * providers over the protocol that the real engine uses with them.
 */
export class InProcessEngine implements Engine {
  readonly kind = "in-process";
  readonly #options: InProcessOptions;

  constructor(options: InProcessOptions) {
    this.#options = options;
  }

  describe(): string {
    return (
      `the lab's in-process engine (${this.#options.reason}): the lab itself serves Pulumi's resource protocol to ` +
      "the unchanged program and to its providers"
    );
  }

  preview({ refresh = false }: PreviewOptions = {}): Promise<EngineResult> {
    return this.#run(true, (run) => this.#deploy(run, refresh));
  }

  up(): Promise<EngineResult> {
    return this.#run(false, (run) => this.#deploy(run));
  }

  refresh(): Promise<EngineResult> {
    return this.#run(false, (run) => this.#refresh(run));
  }

  destroy(): Promise<EngineResult> {
    return this.#run(false, async (run) => {
      const monitor = await startMonitor({ ...run, deployment: undefined });
      run.plugins.engineAddress = monitor.address;
      try {
        await new Deployment(run).remove(run.state.resources);
      } finally {
        await run.plugins.stop();
        monitor.stop();
      }
      return {};
    });
  }

  async outputs(): Promise<Readonly<Record<string, Output>>> {
    const { state } = this.#open(false);
    return outputsOf(state.resources.find((resource) => isStack(resource.type))?.outputs ?? {});
  }

  #open(preview: boolean): Run {
    const { projectDirectory, stack, stateDirectory, passphrase, environment, plugins, onEvent } =
      this.#options;
    const project = readProject(projectDirectory);
    const config = loadConfig({ ...this.#options, project });
    const redactor = new Redactor();
    for (const secret of [...config.secrets, passphrase]) {
      redactor.add(secret);
    }
    const report = new Report(redactor, onEvent);
    const identity = { project: project.name, stack };
    const path = join(stateDirectory, `${stack}.state.json`);
    return {
      state: new StackState(path, identity, passphrase, config.crypter),
      plugins: new PluginHost({
        programs: plugins,
        environment,
        configuration: config.values,
        onOutput: (line) => report.say("info", line),
      }),
      report,
      redactor,
      preview,
      config,
      main: project.main,
      identity,
    };
  }

  async #run(
    preview: boolean,
    act: (run: Run) => Promise<Readonly<Record<string, Output>>>,
  ): Promise<EngineResult> {
    const run = this.#open(preview);
    for (const { urn, op } of run.state.interrupted) {
      run.report.say(
        "warning",
        `the last run ended in the middle of this resource's ${op}; check what it left`,
        urn,
      );
    }
    const outputs = await this.#interruptible(run, act);
    const result = run.report.result(outputs);
    if (run.report.failed) {
      throw new EngineError(run.report.failure(), result);
    }
    return result;
  }

  /** Runs `act`; when the signal comes, its plugins end, and with them what they were doing. */
  async #interruptible<T>(run: Run, act: (run: Run) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const interrupt = () => {
      run.report.say("error", "the run was interrupted; the next one goes on from here");
      run.plugins.interrupt();
    };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", interrupt, { once: true });
    try {
      return await act(run);
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  }

  async #deploy(run: Run, refresh = false): Promise<Readonly<Record<string, Output>>> {
    const deployment = new Deployment(run);
    const monitor = await startMonitor({ ...run, deployment });
    run.plugins.engineAddress = monitor.address;
    try {
      if (refresh) {
        await refreshAll(run);
      }
      if (!run.report.failed) {
        await this.#runProgram(deployment, run, monitor.address);
      }
      if (!run.report.failed) {
        await deployment.removeRest();
      }
    } finally {
      await run.plugins.stop();
      monitor.stop();
    }
    const known = Object.entries(deployment.stackOutputs).filter(([, value]) => !containsUnknown(value));
    return outputsOf(Object.fromEntries(known));
  }

  async #runProgram(deployment: Deployment, run: Run, monitorAddress: string): Promise<void> {
    const printed: string[] = [];
    run.plugins.warm();
    const program = new Program({
      ...run.identity,
      projectDirectory: this.#options.projectDirectory,
      main: run.main,
      monitorAddress,
      preview: run.preview,
      configuration: run.config,
      environment: this.#options.environment,
      onOutput: (line) => {
        printed.push(line);
        run.report.say("info", line);
      },
    });
    try {
      await this.#followed(program, deployment, run, printed);
    } finally {
      program.kill();
    }
  }

  /** Waits for the program's end. One that hangs on answers that will not come any more is ended. */
  async #followed(
    program: Program,
    deployment: Deployment,
    run: Run,
    printed: readonly string[],
  ): Promise<void> {
    const polling = new AbortController();
    const watch = async () => {
      while (!deployment.failed && this.#options.signal?.aborted !== true) {
        await delay(100, undefined, { signal: polling.signal });
      }
      deployment.abort();
      await deployment.quiesce();
      await delay(graceAfterFailure, undefined, { signal: polling.signal });
      program.kill();
    };
    const watching = watch().catch(() => undefined);
    const code = await program.exit;
    polling.abort();
    await watching;
    await deployment.quiesce();
    if (code !== 0 && !run.report.failed) {
      const reason = `the program ended early, with exit code ${code ?? "none (by a signal)"}`;
      run.report.say("error", [reason, ...printed.slice(-shownLines)].join("\n"));
    }
  }

  async #refresh(run: Run): Promise<Readonly<Record<string, Output>>> {
    const monitor = await startMonitor({ ...run, deployment: undefined });
    run.plugins.engineAddress = monitor.address;
    try {
      return await refreshAll(run);
    } finally {
      await run.plugins.stop();
      monitor.stop();
    }
  }
}
