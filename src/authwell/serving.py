"""The WSGI application of a served process: `authwell serve` and wsgi.py give it to a server."""

from contextlib import suppress

from authwell.app import create_app
from authwell.identity.administration.first import make_default
from authwell.middleware.context import EXTENSION, Site
from authwell.middleware.metrics import count_audit_alarm
from authwell.ops.deliveries import deliveries
from authwell.ops.schedules import StartsWithFirstRequest
from authwell.ops.tasks import schedules
from authwell.storage.errors import StorageUnavailable

app = create_app()
_site: Site = app.extensions[EXTENSION]
with suppress(StorageUnavailable):
    make_default(_site.database, _site.settings, _site.snapshots.current()[0].id, _site.clock())
_schedules = schedules(
    *(_site.database, _site.sealer, _site.settings, _site.clock),
    when_due=_site.outbox_bell.set,
    count_alarm=count_audit_alarm,
)
app.wsgi_app = StartsWithFirstRequest(  # type: ignore[method-assign]
    app.wsgi_app, _schedules, deliveries(_site)
)
# The process that only watches over workers keeps no connection; theirs open with their first query.
_site.database.close()
