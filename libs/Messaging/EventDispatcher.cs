using System.Diagnostics;
using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using WriteContext = Jiceng.Persistence.WriteContext;

namespace Jiceng.Messaging;

/// <summary>What became of an event.</summary>
internal enum Outcome
{
    Handled,
    Duplicate,
    Ignored,
}

/// <summary>Hands an event to its handler, in one transaction with the inbox row that says so.</summary>
internal sealed class EventDispatcher(
    ServiceName service, Subscriptions subscriptions, Database database, IServiceScopeFactory scopes, MessagingTelemetry telemetry)
{
    // Class 22 of the SQL standard: values that the database cannot hold.
    private const string DataException = "22";

    /// <exception cref="MalformedEventException">The payload is not a message of the type; retrying does not help.</exception>
    /// <exception cref="Exception">What the handler throws; nothing is kept.</exception>
    public async Task<Outcome> DispatchAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        if (subscriptions.Find(envelope.Type) is not { } subscription)
        {
            telemetry.Ignored.Add(1); // untagged: the type is anything that somebody sent
            return Outcome.Ignored;
        }

        // In a delivery the sidecar's span is current and belongs to the event's trace; elsewhere the event says its trace.
        var parent = Activity.Current is { } current && current.TraceId == envelope.Trace.TraceId ? current.Context : envelope.Trace;
        using var activity = MessagingTelemetry.Activities.StartActivity("event handle", ActivityKind.Consumer, parent);
        activity?.SetTag("messaging.message.id", envelope.Id.ToString());
        activity?.SetTag("event.type", envelope.Type);
        try
        {
            var outcome = await TakeEffectAsync(subscription, envelope, cancellationToken);
            activity?.SetTag("event.outcome", outcome == Outcome.Duplicate ? "duplicate" : "handled");
            (outcome == Outcome.Duplicate ? telemetry.Duplicates : telemetry.Handled).Add(1, MessagingTelemetry.Tag(envelope.Type));
            return outcome;
        }
        catch (Exception failure)
        {
            telemetry.HandleFailures.Add(1, MessagingTelemetry.Tag(envelope.Type));
            activity?.SetStatus(ActivityStatusCode.Error, ErrorKindOf(failure));
            throw;
        }
    }

    /// <summary>Kind of a failure, without any value that it may name.</summary>
    public static string ErrorKindOf(Exception failure) => failure switch
    {
        MalformedEventException malformed => $"malformed: {malformed.Message}",
        ApiException refused => refused.Reason.Reason,
        PostgresException postgres => $"PostgreSQL {postgres.SqlState}",
        _ => failure.GetType().Name,
    };

    // Most events come once: that one came before is found out when it is to be written again, and undone then.
    private async Task<Outcome> TakeEffectAsync(Subscription subscription, Envelope envelope, CancellationToken cancellationToken)
    {
        var data = Read(subscription, envelope);
        try
        {
            return await database.WriteAsync(
                new WriteContext($"jiceng/{service.Value}", $"events/{envelope.Type}"),
                (work, token) => HandleAsync(subscription, envelope, data, work, token),
                cancellationToken);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or ApiException { Reason.Kind: ErrorKind.Unavailable }))
        {
            if (await IsHandledAsync(envelope.Id, cancellationToken)) return Outcome.Duplicate;
            // What handlers defer is refused by the commit only.
            if (IsOfTheData(failure)) throw new MalformedEventException($"a value of {subscription.Type} is of the wrong form");
            throw;
        }
    }

    private async Task<Outcome> HandleAsync(
        Subscription subscription, Envelope envelope, IMessage data, UnitOfWork work, CancellationToken cancellationToken)
    {
        // The first to be written: it waits while another delivery of the same event commits, and fails when that one did.
        work.ExecuteOnCommit("INSERT INTO inbox (consumer, event_id, receive_time) VALUES (@Value, @Id, @Now)", new { service.Value, envelope.Id, work.Now });
        await using var scope = scopes.CreateAsyncScope();
        await subscription.HandleAsync(scope.ServiceProvider, envelope, data, work, cancellationToken);
        work.ExecuteOnCommit("DELETE FROM dead_letter WHERE event_id = @id", new { id = envelope.Id.ToString() });
        return Outcome.Handled;
    }

    private Task<bool> IsHandledAsync(Guid id, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) =>
        {
            await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND event_id = $2)", connection)
            {
                Parameters = { new() { Value = service.Value }, new() { Value = id } },
            };
            return (bool)(await command.ExecuteScalarAsync(token))!;
        },
        cancellationToken);

    // Another try meets the same values; and the failure itself may name them, so it is not handed on.
    private static bool IsOfTheData(Exception failure) =>
        failure is FormatException or OverflowException or ApiException { Reason.Kind: ErrorKind.Invalid }
        || (failure is PostgresException postgres && postgres.SqlState.StartsWith(DataException, StringComparison.Ordinal));

    private static IMessage Read(Subscription subscription, Envelope envelope)
    {
        try
        {
            return subscription.Read(envelope.DataJson);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException)
        {
            throw new MalformedEventException($"data does not fit the type {subscription.Type}");
        }
    }
}

/// <summary>Short name of this service.</summary>
internal sealed record ServiceName(string Value);
