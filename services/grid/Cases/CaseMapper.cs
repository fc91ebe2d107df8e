using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Cases;

/// <summary>Maps cases from and to the contract.</summary>
internal static class CaseMapper
{
    public const int TextLimit = 2_000;
    private const int AttachmentLimit = 20;
    private const int UriLimit = 500;

    /// <param name="from">The case.</param>
    /// <param name="contact">Its contact, if it has one.</param>
    /// <param name="masked">Whether the caller may see the contact masked only.</param>
    /// <param name="now">The time, for whether it is overdue.</param>
    public static V1.Case ToMessage(this Case from, Contact? contact, bool masked, DateTimeOffset now)
    {
        var to = new V1.Case
        {
            CaseId = from.Id.ToString(),
            NodeCode = from.Node.Value,
            OwnerCode = from.Owner.Value,
            Category = from.Category,
            Urgency = (V1.Urgency)from.Urgency,
            State = (V1.CaseState)from.State,
            Description = from.Description,
            ReporterId = from.ReporterId,
            OnTheSpot = from.OnTheSpot,
            ReworkCount = from.ReworkCount,
            Rating = from.Rating,
            ReportTime = from.ReportTime.ToTimestamp(),
            AcceptDueTime = from.AcceptDue.ToTimestamp(),
            AcceptTime = from.AcceptTime?.ToTimestamp(),
            HandleDueTime = from.State == CaseState.Suspended ? null : from.HandleDue?.ToTimestamp(),
            HandleTime = from.HandleTime?.ToTimestamp(),
            CloseTime = from.CloseTime?.ToTimestamp(),
            Overdue = from.IsOverdue(now),
            Contact = contact?.ToMessage(masked),
            Etag = Etag.Of(from.Version),
            UpdateTime = from.UpdateTime.ToTimestamp(),
        };
        to.Attachments.AddRange(from.Attachments.Select(attachment => attachment.ToMessage()));
        to.Parts.AddRange(from.Parts.Select(part => new V1.CasePart
        {
            HandlerId = part.HandlerId.ToString(),
            Task = part.Task,
            Started = part.Started,
            Finished = part.Finished,
            Result = part.Result,
        }));
        return to;
    }

    public static V1.CaseStep ToMessage(this CaseStep from)
    {
        var to = new V1.CaseStep
        {
            Number = from.Number,
            Verb = CaseMachine.Name(from.Verb),
            ActorId = from.ActorId,
            FromState = (V1.CaseState)(from.From ?? 0),
            ToState = (V1.CaseState)from.To,
            OwnerCode = from.Owner.Value,
            Remark = from.Remark,
            Time = from.Time.ToTimestamp(),
            TraceId = from.TraceId,
        };
        to.Attachments.AddRange(from.Attachments.Select(attachment => attachment.ToMessage()));
        return to;
    }

    public static V1.Category ToMessage(this Category from)
    {
        var to = new V1.Category { Code = from.Code, NameZh = from.NameZh, NameEn = from.NameEn, MajorNameZh = from.MajorNameZh };
        to.Deadlines.AddRange(from.Deadlines.OrderBy(entry => entry.Key).Select(entry => new V1.Deadline
        {
            Urgency = (V1.Urgency)entry.Key,
            AcceptWithin = entry.Value.Accept.ToString(),
            HandleWithin = entry.Value.Handle.ToString(),
            VerifyWithin = entry.Value.Verify.ToString(),
        }));
        return to;
    }

    public static Urgency ToUrgency(this V1.Urgency urgency) => urgency switch
    {
        V1.Urgency.Unspecified => Urgency.Normal,
        V1.Urgency.Normal or V1.Urgency.Urgent or V1.Urgency.Emergency => (Urgency)urgency,
        _ => throw Require.Invalid("urgency", "NORMAL, URGENT or EMERGENCY"),
    };

    public static ImmutableArray<Attachment> ToAttachments(this RepeatedField<V1.Attachment> attachments, string field)
    {
        if (attachments.Count > AttachmentLimit)
            throw Require.Invalid(field, $"at most {AttachmentLimit} attachments");
        return [.. attachments.Select((attachment, index) => attachment.ToAttachment($"{field}[{index}]"))];
    }

    public static Contact? ToContact(this V1.Contact? contact)
    {
        if (contact is null)
            return null;
        var phone = Require.Text(contact.Phone, "contact.phone", 20);
        if (!phone.All(character => char.IsAsciiDigit(character) || character is '+' or '-' or ' '))
            throw Require.Invalid("contact.phone", "a phone number of digits, +, - and spaces");
        return new Contact(Require.Text(contact.Name, "contact.name", 50), phone);
    }

    private static Attachment ToAttachment(this V1.Attachment attachment, string field)
    {
        var uri = Require.Text(attachment.Uri, $"{field}.uri", UriLimit);
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("https" or "s3"))
            throw Require.Invalid($"{field}.uri", "an https or s3 URI");
        return new Attachment(uri, Require.Optional(attachment.MediaType, $"{field}.media_type", 100));
    }

    private static V1.Attachment ToMessage(this Attachment from) => new() { Uri = from.Uri, MediaType = from.MediaType };

    private static V1.Contact ToMessage(this Contact from, bool masked) => masked
        ? new V1.Contact { Name = from.Name.Length == 0 ? "" : $"{from.Name[0]}**", Phone = Masking.Phone(from.Phone), Masked = true }
        : new V1.Contact { Name = from.Name, Phone = from.Phone };
}
