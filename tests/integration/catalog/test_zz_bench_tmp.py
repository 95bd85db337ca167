import time, sys, statistics
from academy.catalog import jobs
from academy.catalog.schemas import CourseQuery
from academy.catalog.search import find_courses
from academy.platform.db import Database
from tests.factories import Factory
from tests.integration.catalog import test_plans as tp

def test_bench(databases):
    name = databases.copy()
    owner = Factory(databases.owner_url(name))
    owner.execute(tp._FILL_USERS)
    owner.execute(tp._FILL.replace("6000", "100000"))
    db = Database(databases.app_url(name))
    t=time.perf_counter(); print(jobs.refresh_search(db), "refresh", time.perf_counter()-t)
    t=time.perf_counter(); print(jobs.refresh_search(db), "refresh again", time.perf_counter()-t)
    owner.execute("vacuum analyze") if False else owner.execute("analyze")
    w = tp.FIRST
    for q in ({}, {"cursor":None,"page":1}, {"sort":"popular"}, {"sort":"rating"}, {"sort":"price"}, {"tag":"tag7"}, {"domain":"law","difficulty":"beginner"}, {"search":w}, {"search":w[:5]}, {"search":w[:-1]+"z"}, {"search":f"{w} everybody"}, {"search":"everybody"}, {"search":w,"sort":"newest"}):
        for counted in (True, False):
            ts=[]
            for _ in range(7):
                query = CourseQuery.model_validate(q)
                if not counted:
                    p,_c = find_from(db, query)
                    if p.next_cursor is None: break
                    query = query.model_copy(update={"cursor": p.next_cursor})
                t=time.perf_counter(); find_from(db, query); ts.append((time.perf_counter()-t)*1000)
            if ts: print(q, "counted" if counted else "cursor", f"{statistics.median(ts):.1f} ms")
    db.discard(); owner.close(); databases.drop(name)

def find_from(db, query):
    return db.read(lambda work: find_courses(work, query, caller=None))
