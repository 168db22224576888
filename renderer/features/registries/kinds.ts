import {
  type Icon,
  IconAlertTriangle,
  IconBox,
  IconCertificate,
  IconCircleDashed,
  IconDevices,
  IconFile,
  IconListDetails,
  IconPackage,
  IconSailboat,
  IconSignature,
  IconStack2,
} from '@tabler/icons-react'
import type { TagKind } from '../../../main/api/catalog.ts'

interface KindWords {
  /** Of one: `Helm chart`. */
  readonly word: string
  /** Of several, as a facet is called. */
  readonly many: string
  readonly icon: Icon
}

/** What a tag is, in words and an icon; in the order in which one asks for them. */
export const kinds = {
  package: { word: 'package', many: 'Packages', icon: IconPackage },
  environment: { word: 'environment', many: 'Environments', icon: IconStack2 },
  image: { word: 'image', many: 'Images', icon: IconBox },
  platforms: { word: 'multi-platform', many: 'Multi-platform', icon: IconDevices },
  index: { word: 'index', many: 'Index', icon: IconListDetails },
  chart: { word: 'Helm chart', many: 'Helm charts', icon: IconSailboat },
  signature: { word: 'signature', many: 'Signatures', icon: IconSignature },
  attestation: { word: 'attestation', many: 'Attestations', icon: IconCertificate },
  artifact: { word: 'artifact', many: 'Artifacts', icon: IconFile },
  damaged: { word: 'damaged', many: 'Damaged', icon: IconAlertTriangle },
  unread: { word: 'not read', many: 'Not read', icon: IconCircleDashed },
} as const satisfies Record<TagKind, KindWords>

export const kindOrder = Object.keys(kinds) as readonly TagKind[]

/** Whether containers run of it: something to export, or to combine with others. */
export function isImage(kind: TagKind): boolean {
  return kind === 'package' || kind === 'environment' || kind === 'image' || kind === 'platforms'
}
