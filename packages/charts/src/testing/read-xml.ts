/** An element of an XML document, as far as tests ask. */
export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** Of the element itself, without that of its children. */
  text: string
}

const token = /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g

/**
 * Reads a document without declarations and comments, of which ECharts writes none, and is strict about the rest: every
 * element is closed, attributes are quoted and given once, references are those of XML, one element holds all others.
 */
export function readXml(document: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  for (const [whole, cdata, closing, name = '', attributes = '', empty, text, stray] of document.matchAll(token)) {
    const current = open.at(-1) as XmlElement
    if (stray !== undefined) throw new Error(`a stray < in ${current.name}`)
    if (cdata !== undefined) current.text += cdata
    else if (text !== undefined) current.text += decoded(text)
    else if (closing) {
      if (current.name !== name) throw new Error(`${whole} closes ${current.name}`)
      open.pop()
    } else {
      const element: XmlElement = { name, attributes: readAttributes(attributes), children: [], text: '' }
      current.children.push(element)
      if (!empty) open.push(element)
    }
  }
  if (open.length > 1) throw new Error(`${open.at(-1)?.name} is not closed`)
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('expected one element and nothing around it')
  return root.children[0] as XmlElement
}

/** The element and all within it, in the order of the document. */
export function allElements(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(allElements)]
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/([\w.:-]+)="([^"]*)"/g)) {
    if (name in attributes) throw new Error(`${name} given twice`)
    attributes[name] = decoded(value)
  }
  return attributes
}

const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
    const number = /^#(\d+)$/.exec(name)?.[1]
    const character = number === undefined ? references[name] : String.fromCodePoint(Number(number))
    if (character === undefined) throw new Error(`${whole} is no reference`)
    return character
  })
}
