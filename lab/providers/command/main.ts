import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import { serve } from "../serve.ts";
import { CommandProvider, type Say } from "./provider.ts";

/** Passes lines on to the engine whose address is the plugin's argument. */
function teller(address: string | undefined): Say {
  if (address === undefined) {
    return () => undefined;
  }
  const client = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  return (urn, line) => {
    const request = new engine.LogRequest();
    request.setSeverity(engine.LogSeverity.INFO);
    request.setMessage(line);
    request.setUrn(urn);
    request.setEphemeral(true);
    // A line that cannot be told must not fail the command that printed it.
    client.log(request, () => undefined);
  };
}

await serve(new CommandProvider(teller(process.argv[2])));
