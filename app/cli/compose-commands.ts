import { type Command, Option } from 'commander'
import { addAccessOptions, addRepositoryOptions, addTargetLoginOptions } from './repository-options.ts'
import { collect, collectPairs, parseLayers, parseTime, parseWords } from './values.ts'

/** The commands that make images of packages, and take images elsewhere: names, options and help. */
export function addComposing(program: Command): void {
  addCompose(program)
  addCombine(program)
  addExport(program)
}

const where = 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror'

function addCompose(program: Command): void {
  const compose = program
    .command('compose')
    .description('put an image together from packages of a build cache, and publish it')
    .argument('[spec...]', 'packages: name, name@version, name/hash or /hash; the last lies on top')
  addContent(compose)
  addSettings(compose)
  compose
    .optionsGroup('Where from and where to:')
    .option('--from <cache>', where)
    .option('--to <target>', "another repository, a folder or docker-archive:FILE (default: the cache's own)")
    .option('--tag <tag>', 'the tag that the image gets')
    .option('--attach-sbom', 'attach a bill of materials (CycloneDX) to the image')
    .option('--sbom <file>', 'write the bill of materials to this file')
    .option('--spack <dir>', 'the Spack installation whose mirror it is (default: $SPACK_ROOT, or found)')
  addTargetLoginOptions(addAccessOptions(compose))
    .optionsGroup('How:')
    .option('-n, --dry-run', 'show what would come of it and stop')
    .option('--no-examine', 'do not look into layers to see whether it will run')
    .option('--save <file>', 'write the composition to this file, for -f')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', composeHelp)
    .action(async (specs, options) => (await import('./compose.ts')).compose(specs, options))
}

/** What the image is made of. */
function addContent(compose: Command): void {
  compose
    .optionsGroup('What:')
    .option('-f, --file <file>', 'a saved composition; what is said here wins, and specs are added')
    .addOption(
      new Option('--image <tag>', 'an image of the cache: specs are added, --without leaves out').conflicts('file'),
    )
    .option('--without <package>', 'leave out this root of the file or the image; repeatable', collect)
    .option('--base-image <image>', 'what lies under the packages: a reference, a file, or scratch for nothing')
    .addOption(
      new Option('--base-of <tag>', 'what lies under the packages of this image of the cache').conflicts('baseImage'),
    )
    .option('--allow-missing', 'compose without packages that the cache lacks')
    .option('--max-layers <n>', "layers with the base's, over it the smallest are merged (default: 120)", parseLayers)
    .option('--squash', 'merge the layers of all packages into one')
    .option('--baseline <target>', 'the oldest machines that have to run it: x86_64_v3')
    .option('--oci-media-types', "OCI's media types, whatever the base has")
}

/** What a container of it does, and what it says of itself. */
function addSettings(compose: Command): void {
  compose
    .optionsGroup('What a container of it does:')
    .option('--entrypoint <word>', 'a program, or a JSON list of words', parseWords)
    .option('--command <word>', 'a program, or a JSON list of words', parseWords)
    .option('--workdir <folder>', 'its working directory')
    .option('--user <user>', 'user, uid, user:group or uid:gid')
    .option('--env <name=value>', 'set a variable; repeatable', collectPairs)
    .option('--label <name=value>', 'set a label; repeatable', collectPairs)
    .option('--title <text>', 'what it is called')
    .option('--created <time>', 'when it was made (default: not said, so that it can be made again)', parseTime)
}

function addCombine(program: Command): void {
  addRepositoryOptions(program.command('combine'))
    .description('join images, one of each platform, under one tag')
    .argument('<repository>', where)
    .argument('<image...>', 'tags or digests of it, or references')
    .optionsGroup('How:')
    .requiredOption('--tag <tag>', 'the tag that all of them get together')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', combineHelp)
    .action(async (repository, images, options) => (await import('./combine.ts')).combine(repository, images, options))
}

function addExport(program: Command): void {
  addRepositoryOptions(program.command('export'))
    .description('write an image to a folder or a file of this machine')
    .argument('<image>', 'oci://host/name:tag, …@sha256:…, or mirror:tag')
    .argument('<to>', 'an OCI folder (out/), or an archive for docker load and podman load (out.tar)')
    .optionsGroup('How:')
    .option('--platform <platform>', 'of an image of several platforms this one: linux/arm64')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--json', 'print one JSON document: the plan, and what became of it')
    .addHelpText('after', exportHelp)
    .action(async (image, to, options) => (await import('./export.ts')).exportImage(image, to, options))
}

const composeHelp = `
No package is sent within a registry: an image is a list of layers that are
there already. Whether it will run is found out by looking into them, each once
ever.

The file of -f is what --save writes. A base image that is a file is an OCI
folder, an OCI or docker archive, or a tar of a root file system. In the value
of a variable \${NAME} is what it was before.

Exit status: 0 done, 1 failed, or something stands in the way; 2 wrong usage,
130 cancelled.

Examples:
  strata compose --from oci://ghcr.io/me/cache --base-image ubuntu:24.04 \\
    --tag tools vim lua
  strata compose --from oci://ghcr.io/me/cache --image tools --without lua \\
    --tag tools-2 python@3.11
  strata compose --from oci://ghcr.io/me/cache vim --dry-run --save strata.yaml
  strata compose -f strata.yaml --tag tools
`

const combineHelp = `
What lies in another repository is mounted, or copied.

Examples:
  strata combine oci://ghcr.io/me/cache tools-amd64 tools-arm64 --tag tools
`

const exportHelp = `
A path that ends in / or is a folder becomes an OCI folder, one that ends in
.tar a docker archive. oci-layout:///folder and docker-archive:FILE say it
outright.

Examples:
  strata export oci://ghcr.io/me/cache:tools tools.tar
  strata export oci://ghcr.io/me/cache:tools ./tools/
`
