using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;

namespace Jiceng.Bench.Inputs;

/// <summary>A message for the event endpoint of a service.</summary>
internal sealed record EventInput(int Number, string Service, string Topic, byte[] Body, bool WithToken, string What);

/// <summary>Makes events that are valid except for one deliberate defect. Events are the only JSON input. Pure, like the calls.</summary>
internal static class EventInputs
{
    private static readonly (string Type, string Topic, string Message, string Service)[] Kinds =
    [
        ("jiceng.grid.case.closed.v1", "jiceng.grid.case.v1", "CaseClosed", "scoring"),
        ("jiceng.grid.case.overdue.v1", "jiceng.grid.case.v1", "CaseOverdue", "scoring"),
        ("jiceng.grid.case.rated.v1", "jiceng.grid.case.v1", "CaseRated", "scoring"),
        ("jiceng.grid.duty.changed.v1", "jiceng.grid.duty.v1", "DutyChanged", "scoring"),
        ("jiceng.grid.node.changed.v1", "jiceng.grid.node.v1", "NodeChanged", "scoring"),
        ("jiceng.grid.node.imported.v1", "jiceng.grid.node.v1", "NodesImported", "scoring"),
        ("jiceng.cadre.person.changed.v1", "jiceng.cadre.person.v1", "PersonChanged", "scoring"),
        ("jiceng.cadre.organization.changed.v1", "jiceng.cadre.organization.v1", "OrganizationChanged", "scoring"),
        ("jiceng.cadre.commendation.recorded.v1", "jiceng.cadre.commendation.v1", "CommendationRecorded", "scoring"),
        ("jiceng.cadre.notice.recorded.v1", "jiceng.cadre.notice.v1", "NoticeRecorded", "scoring"),
        ("jiceng.cadre.appointment.changed.v1", "jiceng.cadre.appointment.v1", "AppointmentChanged", "scoring"),
        ("jiceng.cadre.appointment.changed.v1", "jiceng.cadre.appointment.v1", "AppointmentChanged", "grid"),
    ];

    private static readonly Dictionary<string, MessageDescriptor> Messages = ContractFiles.All
        .Where(file => file.Package.Contains(".events.", StringComparison.Ordinal)).SelectMany(file => file.MessageTypes).ToDictionary(type => type.Name, StringComparer.Ordinal);

    private static readonly string[] Raw =
    [
        "", "{", "[]", "null", "\"text\"", "{}", "\ufeff{}", "{\"id\":1}", "\\ud800", "{\"a\":\"\\ud800\"}", "{\"id\":\"\\u0000\"}", "[[[[[[[[[[", "{\"type\":\"jiceng.grid.case.closed.v1\",\"type\":null}", "NaN",
    ];

    public static EventInput Make(int seed, int number, KnownValues known)
    {
        var random = new Random(unchecked((seed * 7_368_787) + number));
        var (type, topic, message, service) = Kinds[random.Next(Kinds.Length)];
        var withToken = random.Next(20) > 0;
        EventInput Input(byte[] body, string what) => new(number, service, topic, body, withToken, what);
        if (random.Next(8) == 0)
        {
            var raw = Raw[random.Next(Raw.Length)];
            return random.Next(4) switch
            {
                0 => Input(Encoding.Unicode.GetBytes(raw), "UTF-16"),
                1 => Input(Encoding.UTF8.GetBytes(new string('[', 100_000)), "deep JSON"),
                2 => Input(Encoding.UTF8.GetBytes($"{{\"id\":\"{MessageMaker.NewId(random)}\",\"type\":\"{new string('x', 3_000_000)}\"}}"), "3 MB type"),
                _ => Input(Encoding.UTF8.GetBytes(raw), raw),
            };
        }

        var none = known with { Values = new Dictionary<string, string[]>() };
        var envelope = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = MessageMaker.NewId(random),
            ["source"] = $"jiceng/{topic.Split('.')[1]}",
            ["type"] = type,
            ["subject"] = MessageMaker.NewId(random),
            ["time"] = known.Now.ToString("O", CultureInfo.InvariantCulture),
            ["datacontenttype"] = "application/json",
            ["topic"] = topic,
            ["sequence"] = "1",
            ["place"] = "140224205201001",
            ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ["data"] = JsonNode.Parse(JsonFormatter.Default.Format(new MessageMaker(none, random).Make(Messages[message], "", 0))),
        };
        var what = new List<string>();
        for (var i = random.Next(0, 3); i > 0; i--) what.Add(Mutate(random.Next(4) == 0 ? envelope : (JsonObject?)(envelope["data"] as JsonObject) ?? envelope, random));
        var text = envelope.ToJsonString();
        // Hand-written, since no JSON writer emits a lone surrogate or a truncated text.
        switch (random.Next(8))
        {
            case 0:
                what.Add("half a surrogate pair");
                text = text.Replace("140224205201001", "\\ud800", StringComparison.Ordinal);
                break;
            case 1:
                what.Add("cut off");
                text = text[..random.Next(text.Length)];
                break;
        }

        return Input(Encoding.UTF8.GetBytes(text), what.Count == 0 ? $"{type}, nothing wrong" : $"{type}, {string.Join("; ", what)}");
    }

    private static string Mutate(JsonObject holder, Random random)
    {
        if (holder.Count == 0) return "empty";
        var name = holder.ElementAt(random.Next(holder.Count)).Key;
        if (random.Next(6) == 0)
        {
            holder.Remove(name);
            return $"without {name}";
        }

        JsonNode? value = random.Next(8) switch
        {
            0 => JsonValue.Create(random.Next(2) == 0 ? long.MaxValue : -1),
            1 => null,
            2 => new JsonArray(1, "a", null),
            3 => new JsonObject { ["a"] = new JsonObject() },
            4 => JsonValue.Create(1e300),
            5 => JsonValue.Create(true),
            _ => JsonValue.Create(HostileText.All[random.Next(HostileText.All.Count)]),
        };
        holder[name] = value;
        var shown = value?.ToJsonString() ?? "null";
        return $"{name}: {(shown.Length > 40 ? shown[..40] + "…" : shown)}";
    }
}
