"""Tables of contents within pages.

Furo has one beside the page, and shows an error in place of another. On
screens that have no room beside the page, ours is what one sees.
"""
import docutils.nodes


def allow(app, doctree):
    """Gives tables of contents the class that Furo asks for."""
    for topic in doctree.findall(docutils.nodes.topic):
        if 'contents' in topic['classes']:
            topic['classes'].append(
                'this-will-duplicate-information-and-it-is-still-useful-here')


def setup(app):
    app.connect('doctree-read', allow)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
