"""What tests ask of a page without a browser."""

from html.parser import HTMLParser

VOID = {'meta', 'link', 'br', 'wbr', 'img', 'input', 'hr'}
FETCHING = ('src', 'href', 'srcset', 'data', 'action', 'poster', 'xlink:href')


class Page(HTMLParser):
    """Elements, texts and links of a page; a tag that is not closed is an error."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts, self.ids, self.links = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self._note(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self._note(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open, f'</{tag}> closes nothing'
        assert self.open.pop() == tag, f'</{tag}> at {self.getpos()}'

    def handle_data(self, data):
        if self.open and self.open[-1] in ('style', 'script'):
            return
        if self.tags and self.tags[-1][0] == 'wbr' and not self.broken:
            self.texts[-1] += data  # a name that may go on in the next line
            self.broken = True
        else:
            self.texts.append(data)

    def _note(self, tag, attributes):
        self.broken = False
        found = dict(attributes)
        assert len(found) == len(attributes), f'{tag} has an attribute twice'
        self.tags.append((tag, found))
        self.ids += [found['id']] if 'id' in found else []
        self.links += [found[name] for name in FETCHING if name in found]

    @property
    def text(self):
        return ' '.join(' '.join(self.texts).split())

    def attributes(self, tag):
        return [found for name, found in self.tags if name == tag]


def check_page(text):
    """Return the parsed page: well formed, self-contained, and its links lead somewhere in it."""
    page = Page(text)
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert link.startswith(('#', 'data:')), link
        assert not link.startswith('#') or link[1:] in page.ids, link
    assert '@import' not in text
    assert 'url(' not in text
    assert {'name': 'viewport', 'content': 'width=device-width, initial-scale=1'} in (
        page.attributes('meta')
    )
    return page
