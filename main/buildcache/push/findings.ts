import type { Finding, PlannedPackage } from '../../api/models.ts'
import { noBaseFinding } from '../../image/composition-findings.ts'
import { closure, runTimeTypes } from '../../spack/spec/graph.ts'
import { gravestFirst } from '../../support/findings.ts'
import { addedFindings } from '../environments.ts'
import type { Preparation } from './prepared.ts'

/** Everything about a plan that the user should know before it is run, the gravest first. */
export function planFindings(
  prepared: Preparation,
  planned: readonly PlannedPackage[],
  layers: number,
  layerLimit: number,
  willRun: readonly Finding[],
): Finding[] {
  const { source, request } = prepared
  const findings = [
    ...addedFindings(source, request.environment ?? ''),
    ...missingFindings(prepared, planned),
    ...leftOutOfImages(prepared),
    ...redistribution(prepared, planned),
    ...imageFindings(prepared, layers, layerLimit),
    ...willRun,
    ...registryFindings(prepared),
  ]
  return gravestFirst(findings)
}

function missingFindings(prepared: Preparation, planned: readonly PlannedPackage[]): Finding[] {
  const { allowMissing } = prepared.request
  return planned
    .filter((one) => one.action === 'missing')
    .map((one) => ({
      severity: allowMissing ? 'warning' : 'problem',
      message: `${one.name}@${one.version} is not installed${allowMissing ? ': it is left out' : ''}`,
      hint: allowMissing
        ? undefined
        : 'Install it, leave it out with --allow-missing, or if it is needed to build only, use --without-build-dependencies.',
      hash: one.hash,
    }))
}

/** Images that are written without a layer of their closure, because it was left out by choice. */
function leftOutOfImages(prepared: Preparation): Finding[] {
  const { packages, source, request, selection } = prepared
  const absent = [...packages.keys()].filter((hash) => isLeftOut(prepared, hash))
  if (absent.length === 0) return []
  const users = new Map<string, string[]>()
  for (const one of [...selection.chosen].flatMap((hash) => packages.get(hash) ?? [])) {
    if (!one.writes) continue
    const needed = closure(source.graph, [one.node.hash], runTimeTypes)
    for (const hash of absent) if (needed.has(hash)) users.set(hash, [...(users.get(hash) ?? []), one.node.name])
  }
  return [...users].map(([hash, names]) => {
    const name = packages.get(hash)?.node.name ?? hash
    return {
      severity: 'warning',
      message: `${name} is in none of the images that need it (${[...new Set(names)].slice(0, 4).join(', ')})`,
      hint: `Spack can still install them from the cache; as a container they will miss ${name}.${
        request.only === 'package' ? ' Push it too by leaving out --only package.' : ''
      }`,
    }
  })
}

/** Whether an image does without this package's layer because the user chose so, rather than because it failed. */
export function isLeftOut(prepared: Preparation, hash: string): boolean {
  const one = prepared.packages.get(hash)
  if (!one || one.action === 'external') return false
  if (one.action === 'private') return true
  if (one.action === 'missing') return prepared.request.allowMissing || !prepared.selection.chosen.has(hash)
  return one.action !== 'present' && !prepared.selection.chosen.has(hash)
}

function redistribution(prepared: Preparation, planned: readonly PlannedPackage[]): Finding[] {
  const kept: Finding[] = planned
    .filter((one) => one.action === 'private')
    .map((one) => ({
      severity: 'warning',
      message: `${one.name}@${one.version} is left out: its recipe does not let binaries be redistributed`,
      hint: 'For a registry that only you can read, push it with --private.',
      hash: one.hash,
    }))
  const writes = planned.filter((one) => one.action === 'build' || one.action === 'reuse')
  const unknown = writes.filter((one) => prepared.redistributable(one.hash) === undefined)
  if (unknown.length === 0 || prepared.request.private) return kept
  return [
    ...kept,
    {
      severity: 'note',
      message: `Whether ${unknown.length === writes.length ? 'the packages' : `${unknown.length} packages`} may be redistributed cannot be known here`,
      hint: 'Only their recipes say so, and no Spack could evaluate them. Check licences before pushing to a public registry.',
    },
  ]
}

function imageFindings(prepared: Preparation, layers: number, layerLimit: number): Finding[] {
  const findings: Finding[] = []
  if (layers > layerLimit) {
    findings.push({
      severity: 'warning',
      message: `The image has ${layers} layers; docker takes at most ${layerLimit}`,
      hint: 'Spack can use the cache all the same. Choose fewer roots for an image that docker can run.',
    })
  }
  if (prepared.request.tag !== undefined && prepared.bases.size === 0) {
    findings.push(noBaseFinding)
  }
  const { selection, packages } = prepared
  const architectures = new Set(selection.roots.flatMap((hash) => packages.get(hash)?.architecture ?? []))
  if (prepared.request.tag !== undefined && architectures.size > 1) {
    findings.push({
      severity: 'problem',
      message: `The roots are for several architectures (${[...architectures].join(', ')}): one image cannot hold them`,
      hint: 'Push the packages without --tag, or only those of one architecture.',
    })
  }
  return findings
}

function registryFindings(prepared: Preparation): Finding[] {
  const { reference } = prepared.target
  const findings: Finding[] = []
  if (prepared.request.insecure) {
    findings.push({
      severity: 'warning',
      message: 'Certificates are not checked (--insecure): anyone in between can read and change what is sent',
    })
  }
  if (reference.kind === 'layout') {
    findings.push({
      severity: 'note',
      message: 'An OCI layout folder serves skopeo, podman and Strata; Spack itself reads registries only',
    })
  }
  return findings
}
