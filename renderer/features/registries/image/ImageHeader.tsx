import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconDownload, IconLayersUnion } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { ImageDetail } from '../../../../main/api/catalog.ts'
import { plural, shortTag } from '../../../../main/api/format.ts'
import type { RepositoryAct } from '../../../app/routes.ts'
import { navigate } from '../../../app/use-route.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import { Hash } from '../../../ui/Hash.tsx'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import page from '../../planning/page.module.css'
import { actWords } from '../acts/words.ts'
import { isImage, kinds } from '../kinds.ts'
import registries from '../registries.module.css'
import { CompareButton } from './CompareButton.tsx'
import css from './image.module.css'
import { shareWords } from './layers.ts'

interface HeaderProps {
  readonly image: ImageDetail
  readonly repository: string
  readonly tag: string
}

/** What it is, how large, since when, and what can be done with it. */
export function ImageHeader({ image, repository, tag }: HeaderProps) {
  const { package: about, kind } = image
  const act = (which: RepositoryAct) => navigate({ screen: 'registries', repository, act: which, tags: [tag] })
  return (
    <>
      <header className={page.header}>
        <h1 className={page.title} title={tag}>
          {about ? `${about.name} ${about.version}` : shortTag(tag)}
        </h1>
        <div className={registries.acts}>
          <CompareButton repository={repository} tag={tag} />
          <Menu position="bottom-end" shadow="md" returnFocus>
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={13} aria-hidden />}>
                Actions
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(['tag', 'copy', 'check', ...(isImage(kind) ? (['export'] as const) : [])] as const).map((which) => (
                <Menu.Item key={which} onClick={() => act(which)}>
                  {actWords[which].verb}
                </Menu.Item>
              ))}
              <Menu.Divider />
              <Menu.Item className={registries.danger} onClick={() => act('delete')}>
                Delete 1 tag…
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          {image.packages.length > 0 && (
            <Button
              variant="default"
              leftSection={<IconLayersUnion size={16} />}
              onClick={() => navigate({ screen: 'compose', repository, tag })}
            >
              {actWords.compose.verb}
            </Button>
          )}
          {about && (
            <Button
              leftSection={<IconDownload size={16} />}
              onClick={() => navigate({ screen: 'install', from: repository, specs: [`/${about.hash}`] })}
            >
              Install…
            </Button>
          )}
        </div>
      </header>
      <dl className={css.facts}>
        <Fact name="Kind">
          <KindMark kind={kind} />
        </Fact>
        {image.layers.length > 0 && (
          <>
            <Fact name="Size">
              <Bytes value={image.sums.bytes} />
              {image.sums.unpackedBytes !== undefined && (
                <span className={css.dim}>
                  , <Bytes value={image.sums.unpackedBytes} /> unpacked
                </span>
              )}
            </Fact>
            <Fact name="Layers">
              {plural(image.layers.length, 'layer')} <span className={css.dim}>· {shareWords(image.sums)}</span>
            </Fact>
          </>
        )}
        {image.platform !== undefined && <Fact name="Platform">{image.platform}</Fact>}
        {image.createdAt !== undefined && image.createdAt > 0 && (
          <Fact name="Created">
            <RelativeTime at={image.createdAt} />
          </Fact>
        )}
        <Fact name="Digest">
          <Hash value={image.digest} />
        </Fact>
      </dl>
    </>
  )
}

/** Icon and word. */
export function KindMark({ kind }: { readonly kind: ImageDetail['kind'] }) {
  const { icon: Icon, word } = kinds[kind]
  return (
    <span className={css.kind} data-kind={kind}>
      <Icon size={15} stroke={1.8} aria-hidden />
      {word}
    </span>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
