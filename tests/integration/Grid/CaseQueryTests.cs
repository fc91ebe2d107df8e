using System.Diagnostics.Metrics;
using Grpc.Core;
using Jiceng.Grid;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.V1;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

public sealed class CaseQueryTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private readonly string _worker = NewId();

    private Metadata Head => grid.Run.As(NewId(), "village_secretary", Village);

    [Fact]
    public async Task GetCase_Contact_IsForTheHandlerAndAuditedAndEncrypted()
    {
        var contact = new Contact { Name = "张三", Phone = "13800001234" };
        var given = await grid.DispatchAsync(_worker, Head, contact: contact);
        given.Contact.ShouldBeNull();
        var forHead = await grid.Cases.GetCaseAsync(new GetCaseRequest { CaseId = given.CaseId }, Head);
        (forHead.Contact.Name, forHead.Contact.Phone, forHead.Contact.Masked).ShouldBe(("张**", "138****1234", true));
        (await grid.Run.ColumnAsync("SELECT action FROM audit WHERE resource_id = $1 AND action = 'case.contact.read'", given.CaseId)).ShouldBeEmpty();

        var forHandler = await grid.Cases.GetCaseAsync(new GetCaseRequest { CaseId = given.CaseId }, grid.Run.As(_worker, "grid_worker", MicroGrid));
        (forHandler.Contact.Phone, forHandler.Contact.Masked).ShouldBe(("13800001234", false));
        (await grid.Run.ColumnAsync("SELECT caller_id FROM audit WHERE resource_id = $1 AND action = 'case.contact.read'", given.CaseId)).ShouldBe([_worker]);

        var stored = await grid.Run.ColumnAsync(
            "SELECT encode(name_cipher, 'escape') || encode(phone_cipher, 'escape') FROM case_contact WHERE case_id = $1", Guid.Parse(given.CaseId));
        stored.ShouldHaveSingleItem().ShouldNotContain("13800001234");
        var everything = await grid.Run.ColumnAsync("SELECT string_agg(data_json::text, '') FROM outbox");
        everything[0].ShouldNotContain("13800001234");
    }

    [Fact]
    public async Task ListCases_Pages_GiveEveryCaseOfTheScopeOnceNewestFirst()
    {
        var reported = new List<string>();
        for (var i = 0; i < 7; i++)
            reported.Add((await grid.ReportAsync("140224206202001")).CaseId);
        await grid.ReportAsync("140224206201001");
        var secretary = grid.Run.As(NewId(), "village_secretary", "140224206202");
        var listed = new List<string>();
        var request = new ListCasesRequest { PageSize = 3 };
        do
        {
            var page = await grid.Cases.ListCasesAsync(request, secretary);
            page.Cases.Count.ShouldBeLessThanOrEqualTo(3);
            listed.AddRange(page.Cases.Select(one => one.CaseId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        listed.ShouldBe(reported.AsEnumerable().Reverse());

        var first = await grid.Cases.ListCasesAsync(new ListCasesRequest { PageSize = 3 }, secretary);
        var foreign = new ListCasesRequest { PageSize = 3, Category = "policy", PageToken = first.NextPageToken };
        (await Refusal.OfAsync(grid.Cases.ListCasesAsync(foreign, secretary))).Info.Reason.ShouldBe("PAGE_TOKEN_INVALID");
        (await Refusal.OfAsync(grid.Cases.ListCasesAsync(new ListCasesRequest { PageSize = -1 }, secretary))).Info.Reason.ShouldBe("ARGUMENT_INVALID");
        (await Refusal.OfAsync(grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Township }, secretary))).Info.Reason.ShouldBe("OUT_OF_SCOPE");
    }

    [Fact]
    public async Task ListCases_Filters_CutTheList()
    {
        var given = await grid.DispatchAsync(_worker, Head);
        var other = await grid.ReportAsync(category: "policy.question");
        var mine = await grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Village, HandlerId = _worker }, Head);
        mine.Cases.ShouldHaveSingleItem().CaseId.ShouldBe(given.CaseId);
        var policy = await grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Village, Category = "policy", PageSize = 1000 }, Head);
        policy.Cases.Select(one => one.CaseId).ShouldContain(other.CaseId);
        policy.Cases.ShouldAllBe(one => one.Category.StartsWith("policy."));
        var dispatched = await grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Village, States = { CaseState.Dispatched }, PageSize = 1000 }, Head);
        dispatched.Cases.Select(one => one.CaseId).ShouldContain(given.CaseId);
        dispatched.Cases.ShouldAllBe(one => one.State == CaseState.Dispatched);
        (await grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Village, Overdue = true, HandlerId = _worker }, Head)).Cases.ShouldBeEmpty();
    }

    [Fact]
    public async Task Scan_DeadlinesThatPassed_AreToldOnceHoweverManyScan()
    {
        var head = NewId();
        await grid.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = Neighbour, PersonId = head, Role = "head" }, grid.Organizer);
        var waiting = await grid.ReportAsync(Neighbour);
        var secretary = grid.Run.As(NewId(), "village_secretary", "140224205202");
        var given = await grid.DispatchAsync(_worker, secretary, Neighbour);
        await grid.Run.ColumnAsync(
            "UPDATE grid_case SET accept_due = now() - interval '1 hour' WHERE case_id = $1 RETURNING 1", Guid.Parse(waiting.CaseId));
        await grid.Run.ColumnAsync(
            "UPDATE grid_case SET handle_due = now() - interval '1 hour' WHERE case_id = $1 RETURNING 1", Guid.Parse(given.CaseId));
        var job = grid.Run.Services.GetRequiredService<ScanJob>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => job.ScanAsync(TestContext.Current.CancellationToken)));
        await job.ScanAsync(TestContext.Current.CancellationToken);

        var accept = CaseOverdue.Parser.ParseJson((await grid.Run.EventsAsync("jiceng.grid.case.overdue.v1", waiting.CaseId)).ShouldHaveSingleItem());
        (accept.Stage, accept.ResponsibleIds.ShouldHaveSingleItem()).ShouldBe(("accept", head));
        var handle = CaseOverdue.Parser.ParseJson((await grid.Run.EventsAsync("jiceng.grid.case.overdue.v1", given.CaseId)).ShouldHaveSingleItem());
        (handle.Stage, handle.ResponsibleIds.ShouldHaveSingleItem()).ShouldBe(("handle", _worker));
        var escalated = await grid.Cases.GetCaseAsync(new GetCaseRequest { CaseId = waiting.CaseId }, secretary);
        (escalated.OwnerCode, escalated.Overdue, escalated.State).ShouldBe(("140224205202", true, CaseState.Reported));
        var late = await grid.Cases.ListCasesAsync(new ListCasesRequest { NodeCode = Neighbour, Overdue = true }, secretary);
        late.Cases.Select(one => one.CaseId).ShouldBe([given.CaseId, waiting.CaseId]);
    }

    [Fact]
    public async Task Scan_CaseThatCannotBeRead_IsSetAsideAndReported_AndStopsNeitherTheOthersNorTheHeads()
    {
        long failed = 0;
        using var meters = new MeterListener();
        meters.InstrumentPublished = (made, listener) =>
        {
            if (made.Name == "jiceng.job.items_failed" && made.Meter.Scope == grid.Run.Services.GetRequiredService<IMeterFactory>()) listener.EnableMeasurementEvents(made);
        };
        meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref failed, value));
        meters.Start();
        List<Guid> ids = [];
        for (var number = 0; number < 3; number++) ids.Add(Guid.Parse((await grid.ReportAsync("140224206201001")).CaseId));
        var broken = ids[0];
        var secretary = Guid.Parse(NewId());
        try
        {
            await grid.Run.ColumnAsync("UPDATE grid_case SET parts = '{\"broken\": true}', accept_due = now() - interval '2 hours' WHERE case_id = $1 RETURNING 1", broken);
            await grid.Run.ColumnAsync("UPDATE grid_case SET accept_due = now() - interval '1 hour' WHERE case_id = ANY($1) RETURNING 1", ids.Skip(1).ToArray());
            await grid.Run.ColumnAsync(
                """
                INSERT INTO appointment_copy (appointment_id, person_id, place_code, heads_place, start_date, sequence)
                VALUES (gen_random_uuid(), $1, '140224205231', true, '2026-01-01', 1) RETURNING 1
                """,
                secretary);
            await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [("140224205231", "新村")]);
            var job = grid.Run.Services.GetRequiredService<ScanJob>();
            await job.ScanAsync(TestContext.Current.CancellationToken);
            await job.ScanAsync(TestContext.Current.CancellationToken);

            foreach (var id in ids.Skip(1))
                (await grid.Run.EventsAsync("jiceng.grid.case.overdue.v1", id.ToString())).ShouldHaveSingleItem();
            (await grid.Run.EventsAsync("jiceng.grid.case.overdue.v1", broken.ToString())).ShouldBeEmpty();
            (await grid.Run.ColumnAsync("SELECT head_person_id FROM node WHERE code = '140224205231'")).ShouldBe([secretary.ToString()]);
            failed.ShouldBe(1, "It is set aside, and not tried again at once.");
        }
        finally
        {
            await grid.Run.ColumnAsync("UPDATE grid_case SET parts = '[]' WHERE case_id = $1 RETURNING 1", broken);
        }
    }

    [Fact]
    public async Task WatchCases_ChangesInScope_AreToldAsTheyHappen()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(120));
        using var call = grid.Cases.WatchCases(new WatchCasesRequest { NodeCode = Village }, Head, cancellationToken: stop.Token);
        (await call.ResponseStream.MoveNext(stop.Token)).ShouldBeTrue();
        call.ResponseStream.Current.Case.ShouldBeNull();
        await grid.ReportAsync("140224206201001");
        var reported = await grid.ReportAsync();
        (await call.ResponseStream.MoveNext(stop.Token)).ShouldBeTrue();
        call.ResponseStream.Current.Case.CaseId.ShouldBe(reported.CaseId);
        await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId }, Head);
        (await call.ResponseStream.MoveNext(stop.Token)).ShouldBeTrue();
        call.ResponseStream.Current.Case.State.ShouldBe(CaseState.Accepted);
    }

    [Fact]
    public async Task ContactRetention_AfterThePeriod_ErasesTheContact()
    {
        var given = await grid.DispatchAsync(_worker, Head, contact: new Contact { Name = "李四", Phone = "13900005678" });
        var rule = grid.Run.Services.GetServices<RetentionRule>().Single(rule => rule.Table == "case_contact");
        rule.Keep.ShouldBe(TimeSpan.FromDays(180));
        var me = grid.Run.As(_worker, "grid_worker", MicroGrid);
        await grid.Cases.StartCaseAsync(new StartCaseRequest { CaseId = given.CaseId }, me);
        await grid.Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = given.CaseId, Result = "已办" }, me);
        (await grid.Run.ColumnAsync("SELECT close_time::text FROM case_contact WHERE case_id = $1", Guid.Parse(given.CaseId))).ShouldBe([""]);
        await grid.Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = given.CaseId, Passed = true }, Head);
        await grid.Run.ColumnAsync("UPDATE case_contact SET close_time = close_time - interval '181 days' WHERE case_id = $1", Guid.Parse(given.CaseId));
        await grid.Run.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<RetentionSweep>().Single()
            .SweepAsync(TestContext.Current.CancellationToken);
        var erased = await grid.Cases.GetCaseAsync(new GetCaseRequest { CaseId = given.CaseId }, me);
        erased.Contact.ShouldBeNull();
        erased.Description.ShouldBe("路边有垃圾");
    }
}
