import time, statistics
from tests.integration.learning.conftest import *
from academy.learning.service.recording import Update, record
from academy.platform.db import Database
def test_b(make, client, db):
    t=make.user("instructor"); s=make.user(); c=make.course(t); secs=make.outline(c,modules=3,lessons=4,sections=4)
    make.enrollment(s,c)
    make.execute("analyze")
    def one(sec): 
        a=time.perf_counter(); db.at_once(lambda w: record(w,s["id"],course_id=c["id"],lesson_id=sec["lesson_id"],updates=[Update(section_id=sec["id"],completed=True,seconds=5)])); return (time.perf_counter()-a)*1000
    ts=[one(x) for x in secs]
    print("record ms", [round(x,1) for x in ts[:6]], "median", statistics.median(ts))
    from academy.learning.repository import progress, course_page, trees
    def ex(st,**kw):
        conn=db.connection()
        r=conn.run("explain (analyze, summary) "+st.text, st.values(kw))
        rows=[x[0] for x in r.rows]
        print(st.names[:3], rows[-3:], [x for x in rows if 'Planning' in x or 'Execution' in x])
    import json
    ex(progress.RECORD,caller=s["id"],course_id=c["id"],lesson_id=None,updates=json.dumps([{"section_id":str(secs[0]["id"]),"completed":True,"seconds":1,"score":None,"n":0}]),whole_lesson=False,lesson_seconds=0)
    ex(course_page.GET,course_id=c["id"],caller=s["id"],any=False,with_progress=True,media="x")
    ex(trees.GET_COURSE,course_id=c["id"],caller=s["id"],any=False,user_id=s["id"])
    for p in ("/courses/%s"%c["id"],"/progress/courses/%s"%c["id"],"/progress","/progress/analytics/dashboard"):
        l=[]
        for _ in range(10):
            a=time.perf_counter(); client.get(p,user=s); l.append((time.perf_counter()-a)*1000)
        print(p[:30], round(statistics.median(l),1))
