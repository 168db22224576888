import {
  type Icon,
  IconArrowsHorizontal,
  IconFileText,
  IconGitBranch,
  IconHelpCircle,
  IconPackage,
  IconServer2,
  IconStack2,
  IconTerminal2,
  IconUpload,
} from '@tabler/icons-react'
import { shortHash } from '../../../main/api/format.ts'
import type { EnvironmentEntry, EnvironmentRef, PackageSummary } from '../../../main/api/models.ts'
import type { SpackAction } from '../../../main/api/spack-runs.ts'
import { refKey, type View } from '../routes.ts'
import { navigate } from '../use-route.ts'
import type { Action } from './action.ts'

// More than a screenful helps nobody: one types another letter instead.
const packagesShown = 20

export function environmentAction(entry: EnvironmentEntry): Action {
  return {
    id: `environment ${refKey(entry.ref)}`,
    label: entry.name,
    description: entry.folder,
    leftSection: <IconStack2 size={16} />,
    onClick: () => navigate({ screen: 'environments', ref: entry.ref, view: 'table' }),
  }
}

interface RoomAction {
  readonly label: string
  readonly icon: Icon
  readonly view: View
  readonly run?: SpackAction
}

const rooms: readonly RoomAction[] = [
  { label: 'Edit specs', icon: IconFileText, view: 'specs' },
  { label: 'Mirrors', icon: IconServer2, view: 'mirrors' },
  { label: 'Padding', icon: IconArrowsHorizontal, view: 'padding' },
  { label: 'Cache use: why was my cache not used?', icon: IconHelpCircle, view: 'cache' },
  { label: 'CI recipe', icon: IconGitBranch, view: 'ci' },
  { label: 'Concretize…', icon: IconTerminal2, view: 'spack', run: 'concretize' },
  { label: 'Install with Spack…', icon: IconTerminal2, view: 'spack', run: 'install' },
  { label: 'Uninstall with Spack…', icon: IconTerminal2, view: 'spack', run: 'uninstall' },
  { label: 'Find…', icon: IconTerminal2, view: 'spack', run: 'find' },
]

/** What can be done with the environment that is open. */
export function roomActions(ref: EnvironmentRef): readonly Action[] {
  const push: Action = {
    id: 'push',
    label: 'Push…',
    leftSection: <IconUpload size={16} />,
    onClick: () => navigate({ screen: 'push', ref }),
  }
  const others = rooms.map(({ label, icon: Icon, view, run }) => ({
    id: `room ${label}`,
    label,
    leftSection: <Icon size={16} />,
    onClick: () => navigate({ screen: 'environments', ref, view, run }),
  }))
  return [push, ...others]
}

/** Packages whose name, version or hash begins as typed, or whose name holds it; only these are shown at all in a large environment. */
export function packageActions(ref: EnvironmentRef, packages: readonly PackageSummary[], query: string): Action[] {
  const q = query.toLowerCase().replace(/^\//, '')
  const found: PackageSummary[] = []
  for (const p of packages) {
    if (`${p.name}@${p.version}`.startsWith(q) || p.hash.startsWith(q) || p.name.includes(q)) found.push(p)
    if (found.length === packagesShown) break
  }
  return found.map((p) => ({
    id: `package ${p.hash}`,
    label: `${p.name} ${p.version}`,
    description: `${shortHash(p.hash)} ${p.compiler ?? ''} ${p.target}`,
    leftSection: <IconPackage size={16} />,
    onClick: () => navigate({ screen: 'environments', ref, view: 'table', package: p.hash }),
  }))
}
