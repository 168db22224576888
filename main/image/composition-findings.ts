import { formatBytes, plural } from '../api/format.ts'
import type { Finding } from '../api/models.ts'
import { isDigest } from '../registry/digest.ts'
import type { SpecNode } from '../spack/spec/graph.ts'
import { runsOn, targetFamily, targetOf } from '../spack/spec/target.ts'
import { findCircle } from '../spack/spec/uses.ts'
import { gravestFirst, listNames } from '../support/findings.ts'
import type { BaseImage } from './base.ts'
import { type BudgetPlan, dockerLayerLimit } from './budget.ts'
import { type ComposedPackage, type Composition, type MissingPackage, nameOf } from './composition.ts'
import type { MergedVariables, VariableSource } from './merged-variables.ts'

/** A composition and what has been made of it so far. */
interface Examined {
  readonly composition: Composition
  readonly base: BaseImage | undefined
  /** Go's name. */
  readonly architecture: string
  readonly roots: readonly string[]
  readonly packages: readonly ComposedPackage[]
  readonly missing: readonly MissingPackage[]
  readonly budget: BudgetPlan
  readonly variables: MergedVariables
}

/** An image of packages alone is good for storing them, not for running them. */
export const noBaseFinding: Finding = {
  severity: 'note',
  message: 'Without a base image nothing in the image provides a libc or a shell: it will not run',
  hint: 'Choose a base with --base-image, for example ubuntu:24.04.',
}

export const noPackageFinding: Finding = {
  severity: 'problem',
  message: 'No package is chosen',
  hint: 'Add at least one package; what it needs comes along.',
}

/** Everything about an image that can be said before it is published and without looking into its layers. */
export function compositionFindings(examined: Examined): Finding[] {
  return gravestFirst([
    ...rootFindings(examined),
    ...missingFindings(examined),
    ...versionFindings(examined),
    ...platformFindings(examined),
    ...targetFindings(examined),
    ...baseFindings(examined),
    ...mediaTypeFindings(examined),
    ...budgetFindings(examined),
    ...variableFindings(examined),
  ])
}

function rootFindings({ composition, roots, packages }: Examined): Finding[] {
  const findings: Finding[] = []
  if (roots.length === 0) findings.push(noPackageFinding)
  const circle = findCircle(composition.graph, roots)
  if (circle) {
    findings.push({
      severity: 'problem',
      message: `The cache’s specs are damaged: ${[...circle, ...circle.slice(0, 1)].map(nameOf).join(' needs ')}`,
      hint: 'No Spack writes packages that need each other in a circle. Update the cache’s index.',
      hash: circle[0]?.hash,
    })
  }
  for (const { node, cached } of packages) {
    if (isDigest(cached.layer.diffId)) continue
    findings.push({
      severity: 'problem',
      message: `The config of ${nameOf(node)} in the cache is damaged: its diff_id is no digest`,
      hint: `Push ${node.name} again.`,
      hash: node.hash,
    })
  }
  return findings
}

function missingFindings({ composition, missing }: Examined): Finding[] {
  return missing.map(({ hash, name, why, root, neededBy }) => {
    const where = why === undefined ? 'is not in the cache' : `in the cache is of no use: ${why}`
    const leftOut = composition.options?.allowMissing === true && !root
    return {
      severity: leftOut ? 'warning' : 'problem',
      message: `${name} ${where}${neededBy.length > 0 ? `; ${listNames(neededBy)} ${neededBy.length === 1 ? 'needs' : 'need'} it` : ''}`,
      hint: leftOut
        ? 'The image is made without it: what needs it may not run.'
        : `Push it to this cache first, or leave out ${neededBy.length > 0 ? listNames(neededBy) : 'this root'}.`,
      hash,
    }
  })
}

function versionFindings({ packages }: Examined): Finding[] {
  return [...groupBy(packages, (one) => one.node.name)]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => {
      const each = same.map(({ node, edge, neededBy }) => {
        const users =
          edge.kind === 'root'
            ? ['chosen']
            : [
                `for ${listNames(
                  neededBy.map((use) => use.by.name),
                  3,
                )}`,
              ]
        return `${node.version}/${node.hash.slice(0, 7)} (${users.join('')})`
      })
      return {
        severity: 'warning',
        message: `${name} is in the image ${same.length === 2 ? 'twice' : `${same.length} times`}: ${listNames(each)}`,
        hint: `Each program finds its own by its run path, but PATH and other variables lead to one of them only. Choose roots that were concretized together, or leave out those that bring the other ${name}.`,
        hash: same[0]?.node.hash,
      }
    })
}

function platformFindings({ packages }: Examined): Finding[] {
  const findings: Finding[] = []
  const foreign = packages.find(({ node }) => node.platform !== 'linux' && node.platform !== 'cray')
  if (foreign) {
    findings.push({
      severity: 'problem',
      message: `${nameOf(foreign.node)} is built for ${foreign.node.platform || 'no known platform'}, not for Linux`,
      hint: 'Containers run Linux programs only: choose packages with platform=linux.',
      hash: foreign.node.hash,
    })
  }
  const systems = [...groupBy(packages, (one) => one.node.os)]
  const [first, second] = systems.map(([, same]) => same[0]?.node)
  if (first && second) {
    findings.push({
      severity: 'warning',
      message: `The packages were built on different systems: ${listNames(systems.map(([os, same]) => `${os} (${few(same)})`))}`,
      hint: 'The base image’s libc has to be as new as that of the newest of these systems: choose the base accordingly, or packages of one system.',
      hash: second.hash,
    })
  }
  return findings
}

function targetFindings({ packages, composition }: Examined): Finding[] {
  const byFamily = [...groupBy(packages, ({ node }) => familyOf(node))]
  if (byFamily.length > 1) {
    return [
      {
        severity: 'problem',
        message: `The packages are for several architectures: ${listNames(byFamily.map(([name, same]) => `${name} (${few(same)})`))}`,
        hint: 'One image holds one architecture. Compose one of each, then join them in an index.',
        hash: byFamily[1]?.[1][0]?.node.hash,
      },
    ]
  }
  const byTarget = [...groupBy(packages, ({ node }) => node.target)]
  const baseline = composition.options?.baseline
  if (baseline !== undefined) return byTarget.flatMap(([, same]) => baselineFinding(same, baseline))
  const targets = byTarget.flatMap(([, same]) => (same[0] ? [targetOf(same[0].node)] : []))
  if (targets.length < 2) return []
  const list = listNames(byTarget.map(([name, same]) => `${name} (${few(same)})`))
  const all = targets.find(({ name }) => targets.every((one) => runsOn(one, name)))
  return [
    {
      severity: all ? 'note' : 'warning',
      message: all
        ? `The packages are compiled for different processors; the image needs a ${all.name} or better: ${list}`
        : `The packages are compiled for processors of which none is known to run all: ${list}`,
      hint: all
        ? 'With a baseline you are told which packages are too new for the machines you have.'
        : 'Choose packages with a target that both have in common, for example x86_64_v3.',
    },
  ]
}

function baselineFinding(packages: readonly ComposedPackage[], baseline: string): Finding[] {
  const [first] = packages
  const runs = first && runsOn(targetOf(first.node), baseline)
  if (!first || runs) return []
  const { target, hash } = first.node
  return [
    runs === false
      ? {
          severity: 'warning',
          message: `${few(packages)} ${packages.length === 1 ? 'is' : 'are'} compiled for ${target}: on a ${baseline} machine they may stop with an illegal instruction`,
          hint: `Choose builds with target=${baseline} or an older one, or raise the baseline.`,
          hash,
        }
      : {
          severity: 'note',
          message: `Whether a ${baseline} machine runs ${target} (${few(packages)}) is not known`,
          hint: 'The table of processors knows those of archspec 0.2.5; write a target as Spack does: x86_64_v3, zen3.',
          hash,
        },
  ]
}

function baseFindings({ base, architecture, packages }: Examined): Finding[] {
  if (!base) return packages.length > 0 ? [noBaseFinding] : []
  if (base.architecture === architecture || packages.length === 0) return []
  return [
    {
      severity: 'problem',
      message: `The base image is for ${base.architecture}, the packages are for ${architecture}`,
      hint: `Choose a base image that is there for linux/${architecture}.`,
    },
  ]
}

/** Apptainer reads an image of one family only; neither family's readers are bound to know the other's types. */
function mediaTypeFindings({ base }: Examined): Finding[] {
  if (!base) return []
  const { config, layers } = base.manifest
  const types = [...new Set([config, ...layers].map((part) => part.mediaType))]
  const findings: Finding[] = []
  const other = types.find(
    (type) => !type.startsWith(base.format === 'oci' ? 'application/vnd.oci.' : 'application/vnd.docker.'),
  )
  if (other !== undefined) {
    findings.push({
      severity: 'warning',
      message: `The base image mixes media types: its manifest is ${base.format === 'oci' ? 'OCI’s' : 'Docker’s'} and names ${other}; Apptainer refuses that`,
      hint: 'Give the image OCI’s media types throughout; the layers stay as they are.',
    })
  }
  const zstd = types.find((type) => type.endsWith('zstd'))
  if (zstd !== undefined) {
    findings.push({
      severity: 'warning',
      message: 'Layers of the base image are compressed with zstd: Docker before 23 and Apptainer may refuse them',
      hint: 'Choose a base image with gzip layers where such tools have to run it.',
    })
  }
  if (types.some((type) => /foreign|nondistributable/.test(type))) {
    findings.push({
      severity: 'warning',
      message: 'The base image has layers that may not be distributed: a registry may refuse a copy of them',
      hint: 'Choose another base image, or publish to the registry that has them.',
    })
  }
  return findings
}

function budgetFindings({ budget, base, packages }: Examined): Finding[] {
  const baseLayers = base?.manifest.layers.length ?? 0
  if (!budget.fits && baseLayers >= budget.limit) {
    return [
      {
        severity: 'problem',
        message: `The base image has ${plural(baseLayers, 'layer')} already, of at most ${budget.limit}: there is no room for packages`,
        hint: `Choose a base image with fewer layers${budget.limit < dockerLayerLimit ? `, or raise the limit; docker takes ${dockerLayerLimit}` : ''}.`,
      },
    ]
  }
  const findings: Finding[] = []
  if (budget.count > dockerLayerLimit) {
    findings.push({
      severity: 'warning',
      message: `The image has ${budget.count} layers; docker takes at most ${dockerLayerLimit}`,
      hint: `Lower the limit to ${dockerLayerLimit} or less: the smallest packages are then merged.`,
    })
  }
  const merged = budget.layers.find((layer) => layer.kind === 'merged')
  if (merged) {
    findings.push({
      severity: 'note',
      message: `${plural(merged.items.length, 'package')} of ${packages.length} are merged into one layer of about ${formatBytes(budget.mergedBytes)}, which no other image shares`,
      hint: 'It is made once and kept for the next time. Fewer roots, a base with fewer layers or a higher limit keep more layers shared.',
    })
  }
  return findings
}

function variableFindings({ variables, packages, base }: Examined): Finding[] {
  const names = new Map(packages.map(({ node }) => [node.hash, node.name]))
  const findings: Finding[] = variables.conflicts
    .filter((conflict) => !conflict.settled)
    .map(({ name, says, value }) => ({
      severity: 'warning',
      message: `${name} is said to be ${says.map((one) => `${one.value} by ${listNames(one.by.map((by) => sourceName(by, names)))}`).join(', and ')}`,
      hint: `The image gets ${value}. Set ${name} yourself to settle it.`,
    }))
  const roots = packages.filter(({ edge }) => edge.kind === 'root')
  const silent = roots.filter(({ cached }) => cached.env === undefined)
  if (silent.length > 0) {
    findings.push({
      severity: 'warning',
      message: `The environment of ${few(silent)} is not known: nothing of it is in PATH`,
      hint: 'Push it again, or set the variables that it needs.',
      hash: silent[0]?.node.hash,
    })
  }
  const foreign = onOtherBase(roots, packages, base)
  if (foreign.length > 0) {
    findings.push({
      severity: 'note',
      message: `${few(foreign)} ${foreign.length === 1 ? 'was' : 'were'} pushed on another base image, whose variables come along`,
      hint: 'Look through the variables, and set those that belong to the other base image.',
      hash: foreign[0]?.node.hash,
    })
  }
  return findings
}

/** Those whose own images have layers below the packages that are not this base's. */
function onOtherBase(
  roots: readonly ComposedPackage[],
  packages: readonly ComposedPackage[],
  base: BaseImage | undefined,
): ComposedPackage[] {
  const known = new Set(packages.map(({ cached }) => cached.layer.diffId))
  const ours = base?.config.rootfs.diff_ids.join()
  return roots.filter(({ cached }) => {
    const below = cached.diffIds.filter((diffId) => !known.has(diffId))
    return below.length > 0 && below.join() !== ours
  })
}

function sourceName(source: VariableSource, names: ReadonlyMap<string, string>): string {
  if (source.kind !== 'package') return source.kind === 'base' ? 'the base image' : 'you'
  return names.get(source.hash) ?? source.hash
}

function familyOf(node: SpecNode): string {
  const { name, parents } = targetOf(node)
  return targetFamily(name, parents)
}

function few(packages: readonly ComposedPackage[]): string {
  return listNames(
    packages.map(({ node }) => node.name),
    3,
  )
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
