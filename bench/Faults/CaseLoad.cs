using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Cadre.V1;
using Jiceng.Cli.Demo;
using Jiceng.Domain;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Faults;

/// <summary>
/// Steady load: each team takes cases through to closing, one after another, during all faults. A call is retried with its request id until
/// it succeeds, and each answer is recorded.
/// </summary>
internal sealed class CaseLoad(PrivateSuite suite, ChaosCounty county, RecordedAnswers recorded, int seed) : IDisposable
{
    private const string Document = "灵委表";

    // Shorter than the pause of a process, so that the caller moves on to the other replica.
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BetweenCases = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Categories = ["sanitation.rubbish", "facilities.lamp"];
    private static readonly RecordLevel[] Levels = [RecordLevel.Township, RecordLevel.County, RecordLevel.City, RecordLevel.Province];

    // No client-side retries: each attempt must be visible.
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);

    private CaseService.CaseServiceClient Cases => new(_channel);

    /// <param name="stop">Stops new cases; open cases are completed.</param>
    /// <param name="cancellationToken">Cancels the load immediately.</param>
    public Task RunAsync(CancellationToken stop, CancellationToken cancellationToken) =>
        Task.WhenAll(county.Teams.Select((team, number) => Task.Run(() => TeamAsync(team, new Random((seed * 1000) + number), stop, cancellationToken), cancellationToken)));

    public void Dispose() => _channel.Dispose();

    private async Task TeamAsync(Team team, Random random, CancellationToken stop, CancellationToken cancellationToken)
    {
        while (!stop.IsCancellationRequested)
        {
            var next = Task.Delay(BetweenCases, TimeProvider.System, cancellationToken);
            try
            {
                await CaseAsync(team, random, cancellationToken);
                if (random.Next(5) == 0) await CommendAsync(team.Workers[random.Next(team.Workers.Count)], random, cancellationToken);
            }
            catch (AbandonedException)
            {
                // The refusal is recorded; the team starts another case.
            }

            await next;
        }
    }

    private async Task CaseAsync(Team team, Random random, CancellationToken cancellationToken)
    {
        var (worker, colleague, secretary) = (Pick(), Pick(), team.Secretary);
        while (colleague == worker) colleague = Pick();
        var report = new ReportCaseRequest
        {
            NodeCode = team.Node,
            Category = Categories[random.Next(Categories.Length)],
            Urgency = (Urgency)random.Next((int)Urgency.Normal, (int)Urgency.Emergency + 1),
            Description = "村口路灯不亮，已有三天。",
        };
        var handlers = random.Next(4) == 0 ? [worker, colleague] : (Actor[])[colleague];
        var onTheSpot = random.Next(3) == 0;
        if (onTheSpot) (report.Result, handlers) = (new OnTheSpotResult { Result = "已清理" }, [worker]);
        var answer = await SendAsync(worker, report, options => Cases.ReportCaseAsync(report, options), cancellationToken);
        var known = new RecordedCase(answer.CaseId, worker.PersonId, answer.Urgency.ToString(), onTheSpot);
        Record(answer, onTheSpot ? ["report", "accept", "dispatch", "start", "finish"] : ["report"]);

        if (!onTheSpot)
        {
            await DoAsync("accept", secretary, new AcceptCaseRequest { CaseId = answer.CaseId }, Cases.AcceptCaseAsync);
            var dispatch = new DispatchCaseRequest { CaseId = answer.CaseId };
            dispatch.Assignments.AddRange(handlers.Select(handler => new Assignment { HandlerId = handler.PersonId }));
            await DoAsync("dispatch", secretary, dispatch, Cases.DispatchCaseAsync);
            await HandleAsync();
        }

        if (random.Next(6) == 0)
        {
            await VerifyAsync("fail", passed: false);
            await HandleAsync();
        }

        await VerifyAsync("pass", passed: true);
        if (random.Next(2) == 0)
        {
            var rate = new RateCaseRequest { CaseId = answer.CaseId, Rating = random.Next(1, 6) };
            await DoAsync("rate", secretary, rate, Cases.RateCaseAsync);
        }

        Actor Pick() => team.Workers[random.Next(team.Workers.Count)];

        async Task HandleAsync()
        {
            foreach (var handler in handlers)
            {
                await DoAsync("start", handler, new StartCaseRequest { CaseId = answer.CaseId }, Cases.StartCaseAsync);
                var finish = new FinishCaseRequest { CaseId = answer.CaseId, Result = "已处理完毕。" };
                await DoAsync("finish", handler, finish, Cases.FinishCaseAsync);
            }
        }

        Task VerifyAsync(string verb, bool passed) => DoAsync(
            verb, secretary, new VerifyCaseRequest { CaseId = answer.CaseId, Passed = passed, Remark = passed ? "" : "仍有遗留，请返工。" }, Cases.VerifyCaseAsync);

        async Task DoAsync<T>(string verb, Actor actor, T request, Func<T, CallOptions, AsyncUnaryCall<Case>> call)
            where T : IMessage =>
            Record(await SendAsync(actor, request, options => call(request, options), cancellationToken), verb);

        void Record(Case now, params string[] verbs) => recorded.Cases[now.CaseId] = known = known with
        {
            Verbs = [.. known.Verbs, .. verbs],
            State = (int)now.State,
            Version = long.Parse(now.Etag.Trim('"'), CultureInfo.InvariantCulture),
            Handlers = [.. now.Parts.Select(part => part.HandlerId)],
            ReworkCount = now.ReworkCount,
            Rating = now.Rating,
        };
    }

    private async Task CommendAsync(Actor worker, Random random, CancellationToken cancellationToken)
    {
        var service = new CommendationService.CommendationServiceClient(_channel);
        var level = Levels[random.Next(Levels.Length)];
        var request = new RecordCommendationRequest
        {
            SubjectId = worker.PersonId,
            Level = level,
            Title = "先进个人",
            DocumentNumber = $"{Document}〔2026〕{suite.Gateway.RequestId()}号",
            DocumentDate = ChinaTime.Day(suite.Gateway.Time.GetUtcNow()).ToString("O", CultureInfo.InvariantCulture),
        };
        var record = await SendAsync(
            new Actor("", county.Organizer), request, options => service.RecordCommendationAsync(request, options), cancellationToken);
        recorded.Records.Enqueue(new RecordedCommendation(record.RecordId, record.PersonId, level.ToString().ToLowerInvariant()));
    }

    private async Task<T> SendAsync<T>(Actor actor, IMessage request, Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
        where T : IMessage
    {
        var requestId = suite.Gateway.RequestId();
        request.Descriptor.FindFieldByName("request_id").Accessor.SetValue(request, requestId);
        var start = TimeProvider.System.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var options = actor.Calls.Options(cancellationToken).WithDeadline(suite.Gateway.Time.GetUtcNow().Add(Attempt).UtcDateTime);
                var answer = await call(options);
                recorded.Calls.Enqueue(new RecordedCall(request.Descriptor.Name, requestId, RecordedAnswers.HashOf(answer), attempt));
                return answer;
            }
            catch (RpcException transient) when (IsTransient(transient) && !cancellationToken.IsCancellationRequested)
            {
                recorded.Repeats.AddOrUpdate(transient.StatusCode, 1, (_, count) => count + 1);
                if (TimeProvider.System.GetElapsedTime(start) > Patience) throw Abandon(transient, attempt);
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
            catch (RpcException refused) when (!cancellationToken.IsCancellationRequested)
            {
                throw Abandon(refused, attempt);
            }
        }

        AbandonedException Abandon(RpcException failure, int attempts)
        {
            recorded.Refusals.Enqueue(new Refusal(request.Descriptor.Name, requestId, failure.StatusCode.ToString(), failure.Status.Detail, attempts));
            return new AbandonedException();
        }
    }

    /// <summary>Whether the call can be retried: a dependency is down, or the connection broke before an answer arrived.</summary>
    private static bool IsTransient(RpcException failure) =>
        failure.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded or StatusCode.Cancelled
        || failure.Status.DebugException is HttpRequestException or IOException;

    private sealed class AbandonedException : Exception;
}
