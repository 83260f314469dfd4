import type { TerminalSize } from '../../ui/terminal/recording.ts'
import type { Frame, Line } from './film.ts'

const [charWidth, lineHeight, margin] = [8, 18, 14]

/** Colors on a light and on a dark background; each is readable there. */
const schemes = {
  light: {
    back: '#f6f8fa',
    text: '#1f2328',
    green: '#1a7f37',
    red: '#cf222e',
    yellow: '#9a6700',
    cyan: '#0969da',
    dim: '#59636e',
  },
  dark: {
    back: '#151b23',
    text: '#f0f6fc',
    green: '#3fb950',
    red: '#f85149',
    yellow: '#d29922',
    cyan: '#58a6ff',
    dim: '#9198a1',
  },
}

/**
 * Draws frames as an SVG that shows one after the other, each for the same time and the last for longer. A viewer that does
 * not move pictures shows the last one. Lines that several frames have are written once.
 */
export function svgOf(
  frames: readonly Frame[],
  title: string,
  { columns, rows }: TerminalSize,
  frameMs: number,
): string {
  const lines = new Map<string, string>()
  const place = (line: Line) => {
    const text = textOf(line)
    const id = lines.get(text) ?? `l${lines.size}`
    lines.set(text, id)
    return id
  }
  const drawn = frames.map(frame =>
    frame
      .flatMap((line, row) => (line.length === 0 ? [] : [`<use href="#${place(line)}" y="${row * lineHeight}"/>`]))
      .join(''),
  )
  const [width, height] = [columns * charWidth + 2 * margin, rows * lineHeight + 2 * margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${styles(frames.length, frameMs)}</style>`,
    `<defs>${[...lines].map(([text, id]) => `<text id="${id}">${text}</text>`).join('\n')}</defs>`,
    `<rect class="back" width="${width}" height="${height}" rx="8"/>`,
    `<g transform="translate(${margin} ${margin + lineHeight - 5})">`,
    ...drawn.map((uses, i) => `<g class="f" style="animation-delay:${i * frameMs}ms">${uses}</g>`),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function styles(count: number, frameMs: number): string {
  // The last frame stays as long as twelve.
  const all = (count + 11) * frameMs
  const share = (100 / (count + 11)).toFixed(3)
  const [light, dark] = [schemes.light, schemes.dark].map(rules)
  return [
    'text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}',
    light,
    `@media(prefers-color-scheme:dark){${dark}}`,
    '.bold{font-weight:bold}.f{visibility:hidden}.f:last-child{visibility:visible}',
    `@media(prefers-reduced-motion:no-preference){.f{animation:f ${all}ms step-end infinite backwards}.f:last-child{animation-name:l}}`,
    `@keyframes f{0%{visibility:visible}${share}%{visibility:hidden}}`,
    `@keyframes l{0%{visibility:visible}${(100 * 12) / (count + 11)}%{visibility:hidden}}`,
  ].join('')
}

function rules({ back, text, ...others }: Readonly<Record<string, string>>): string {
  const marks = Object.entries(others).map(([name, color]) => `.${name}{fill:${color}}`)
  return `.back{fill:${back}}text{fill:${text}}${marks.join('')}`
}

function textOf(line: Line): string {
  return line
    .map(({ column, text, style }) => {
      const name = style === '' ? '' : ` class="${style}"`
      return `<tspan x="${column * charWidth}"${name}>${escaped(text)}</tspan>`
    })
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
