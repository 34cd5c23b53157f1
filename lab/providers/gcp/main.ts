import { serve } from "../serve.ts";
import { GcpProvider } from "./provider.ts";

await serve(new GcpProvider());
