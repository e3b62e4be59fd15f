// Unpacks what the package carries compressed: node unpack.mjs PACKAGE_FOLDER TARGET_FOLDER.
// The package's own code is written for a cloud's functions and unpacks into the system's temporary folder.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const [packed, target] = process.argv.slice(2);
for (const name of readdirSync(packed).filter((entry) => entry.endsWith(".br"))) {
  writeFileSync(join(target, name.slice(0, -".br".length)), brotliDecompressSync(readFileSync(join(packed, name))), { mode: 0o755 });
}
