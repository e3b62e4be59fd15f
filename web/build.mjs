// Bundles the page into one HTML file and that file into a C++ source which libpeak compiles in.
//
//     node build.mjs [--html page.html] [--cpp page_template.cpp]
import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

const bundled = await build({
  entryPoints: [join(here, "src/main.ts")],
  outdir: "out",
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: ["es2020"],
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
});
const output = (ending) => bundled.outputFiles.find((file) => file.path.endsWith(ending)).text.trim();

// The licence of what is bundled goes with every copy, and so into every report.
const licence = readFileSync(join(here, "node_modules/uplot/LICENSE"), "utf8").trim();
const script = `/*! This page contains uPlot (https://github.com/leeoniya/uPlot).\n\n${licence}\n*/\n${output(".js")}`;
const style = output(".css");
for (const [name, text] of [["script", script], ["style", style]]) {
  if (text.toLowerCase().includes(`</${name}`)) throw new Error(`the bundled ${name} would end its own element`);
}

const html = readFileSync(join(here, "src/page.html"), "utf8")
  .replace("<!-- style -->", () => `<style>${style}</style>`)
  .replace("<!-- script -->", () => `<script>${script}</script>`);
for (const mark of ["@PEAK_TITLE@", "@PEAK_PLAIN@", "@PEAK_DATA@"]) {
  if (html.split(mark).length !== 2) throw new Error(`the page must hold ${mark} exactly once`);
}

const write = (path, text) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
if (argument("--html")) write(argument("--html"), html);
if (argument("--cpp")) {
  const bytes = Buffer.from(html, "utf8");
  const lines = [];
  for (let i = 0; i < bytes.length; i += 40) lines.push([...bytes.subarray(i, i + 40)].join(","));
  write(argument("--cpp"), `// Made from web/ by web/build.mjs.
#include "report/page_template.hpp"

namespace peak::report {
namespace {
constexpr unsigned char kPage[] = {
${lines.join(",\n")}};
}  // namespace
std::string_view page_template() noexcept { return {reinterpret_cast<const char*>(kPage), sizeof kPage}; }
}  // namespace peak::report
`);
}
console.log(`report page: ${(html.length / 1024).toFixed(0)} KiB`);
