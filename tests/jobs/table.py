"""All jobs, from a file a field."""

import documents
import joined
import languages
import pictures
import services


def all_jobs():
    jobs = {}
    for part in (pictures, documents, languages, services, joined):
        assert not jobs.keys() & part.JOBS.keys(), "a name means one job"
        jobs.update(part.JOBS)
    return jobs
