import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { provider } from "@pulumi/pulumi";
import { serve } from "../../../lab/providers/serve.ts";
import type { WireObject } from "../../../lab/providers/wire.ts";

/**
 * Files of this computer as resources: real effects that a test can look at. A content that ends with `fail` cannot be
 * written, one that ends with `hang` never is, one that ends with `refused` is not even tried.
 */
class FilesProvider implements provider.Provider {
  readonly version = "1.0.0";

  async check(_urn: string, _olds: WireObject, news: WireObject): Promise<provider.CheckResult> {
    return String(news.content).endsWith("refused")
      ? { failures: [{ property: "content", reason: "must not be refused" }] }
      : { inputs: news };
  }

  async diff(_id: string, _urn: string, olds: WireObject, news: WireObject): Promise<provider.DiffResult> {
    const isMoved = olds.path !== news.path;
    return { changes: isMoved || olds.content !== news.content, replaces: isMoved ? ["path"] : [] };
  }

  async create(_urn: string, inputs: WireObject): Promise<provider.CreateResult> {
    if (existsSync(String(inputs.path))) {
      throw new Error(`${String(inputs.path)} exists already`);
    }
    return { id: String(inputs.path), outs: await write(inputs) };
  }

  async update(
    _id: string,
    _urn: string,
    _olds: WireObject,
    news: WireObject,
  ): Promise<provider.UpdateResult> {
    return { outs: await write(news) };
  }

  async read(id: string): Promise<provider.ReadResult> {
    if (!existsSync(id)) {
      return {};
    }
    const content = readFileSync(id, "utf8");
    const path = id;
    return { id, props: { path, content, digest: digestOf(content) }, inputs: { path, content } };
  }

  async cancel(): Promise<void> {
    isCancelled = true;
  }

  async delete(id: string): Promise<void> {
    if (!existsSync(id)) {
      throw new Error(`${id} is gone already`);
    }
    rmSync(id);
  }
}

let isCancelled = false;

async function write(inputs: WireObject) {
  const content = String(inputs.content);
  if (content.endsWith("fail")) {
    throw new Error(`cannot write "${content}"`);
  }
  while (content.endsWith("hang")) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (isCancelled) {
      throw new Error(`gave up writing "${content}"`);
    }
  }
  writeFileSync(String(inputs.path), content);
  return { ...inputs, digest: digestOf(content) };
}

function digestOf(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

await serve(new FilesProvider());
