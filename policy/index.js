// Pulumi puts ts-node before every policy pack, whatever its runtime's options say. It sees what is required, and not
// what is imported: from here on Node reads the TypeScript itself.
import "./pack.ts";
