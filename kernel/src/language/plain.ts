/** Markdown as plain text, for frontends that show nothing else. JupyterLab's completer is one. */
export function plainText(markdown: string): string {
  const parts = markdown.split(/^(```[\s\S]*?^```)$/m);
  return parts
    .map((part) => (part.startsWith('```') ? part.replace(/^```.*\n?/gm, '') : prose(part)))
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function prose(text: string): string {
  return text
    .replace(/^---$/gm, '')
    .replace(/(`+)(.*?)\1/g, '$2')
    .replace(/\*\*([^*\n]+)\*\*/g, '$1')
    .replace(/\[([^\]]*)\]\((https?:[^)]*)\)/g, (_all, label: string, link: string) =>
      label === link ? link : `${label} (${link})`,
    );
}
